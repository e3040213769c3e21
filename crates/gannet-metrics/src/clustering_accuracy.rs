//! Clustering accuracy: categories without meaning, such as an InfoGAN's, are matched to classes one to one so that most
//! images agree (Chen et al. 2016, arXiv:1606.03657, section 7.2, matches them by hand).

/// Largest number of classes. The search visits all subsets of classes.
const MAX_CLASSES: usize = 16;

/// Share of pairs (category, class), both below `count`, that agree under the best matching; none where there are no pairs or
/// `count` is above 16.
pub fn clustering_accuracy(pairs: &[(usize, usize)], count: usize) -> Option<f64> {
    if pairs.is_empty() || count > MAX_CLASSES {
        return None;
    }
    let mut agreements = vec![0_u32; count * count];
    pairs.iter().for_each(|(category, class)| agreements[category * count + class] += 1);
    // best[S]: the most agreements where the first |S| categories are matched to the set S of classes.
    let mut best = vec![None; 1 << count];
    best[0] = Some(0_u32);
    for taken in 0..best.len() {
        let (Some(so_far), category) = (best[taken], taken.count_ones() as usize) else { continue };
        for class in (0..count).filter(|class| taken & (1 << class) == 0) {
            let next = &mut best[taken | (1 << class)];
            *next = (*next).max(Some(so_far + agreements[category * count + class]));
        }
    }
    Some(f64::from(best[(1 << count) - 1].unwrap_or(0)) / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_matching_is_found_where_the_greedy_one_is_worse() {
        // Category 0 is mostly class 0, and category 1 is always class 0.
        let pairs = [[(0, 0); 3].as_slice(), &[(0, 1); 2], &[(1, 0); 3]].concat();
        assert_eq!(clustering_accuracy(&pairs, 2).unwrap(), 5.0 / 8.0);
        let rotated: Vec<_> = (0..30).map(|at| (at % 10, (at + 3) % 10)).collect();
        assert_eq!(clustering_accuracy(&rotated, 10).unwrap(), 1.0);
        assert!(clustering_accuracy(&[], 3).is_none() && clustering_accuracy(&rotated, 17).is_none());
    }
}
