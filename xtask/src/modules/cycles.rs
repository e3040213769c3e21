//! Circles in a graph of a few hundred nodes.

use std::collections::BTreeSet;

/// The sets of more than one node, each of which can be reached from every other one of the set.
pub fn components(nodes: usize, arrows: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..nodes).map(|node| reachable(node, arrows)).collect();
    let mut found = Vec::new();
    for node in 0..nodes {
        let set: Vec<usize> = reached[node].iter().copied().filter(|other| reached[*other].contains(&node)).collect();
        // Each set is taken at its first node.
        if set.len() > 1 && set[0] == node {
            found.push(set);
        }
    }
    found
}

/// `start` and all that arrows lead to from it.
fn reachable(start: usize, arrows: &BTreeSet<(usize, usize)>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        let next = arrows.range((node, 0)..=(node, usize::MAX)).map(|(_, to)| *to);
        open.extend(next.filter(|to| reached.insert(*to)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_chains_are_not() {
        let arrows = BTreeSet::from([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (5, 6), (6, 5)]);
        assert_eq!(components(8, &arrows), [vec![0, 1, 2], vec![5, 6]]);
        assert_eq!(components(3, &BTreeSet::from([(0, 1), (1, 2), (0, 2)])), Vec::<Vec<usize>>::new());
    }
}
