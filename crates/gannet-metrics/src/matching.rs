//! Names without meaning, such as an InfoGAN's categories, matched to classes one to one so that most agree (Chen et al. 2016,
//! arXiv:1606.03657, section 7.2, names them by hand).

/// More would take too long: the search goes through all sets of classes.
pub const MOST: usize = 16;

/// Of pairs (name, class), both below `count`, the share that agree under the best matching; none where there is no pair, or
/// `count` is above 16.
pub fn matched_share(pairs: &[(usize, usize)], count: usize) -> Option<f64> {
    if pairs.is_empty() || count > MOST {
        return None;
    }
    let mut agree = vec![0_u32; count * count];
    pairs.iter().for_each(|(name, class)| agree[name * count + class] += 1);
    // The most that agree of the first names, when they have taken this set of classes.
    let mut most = vec![None; 1 << count];
    most[0] = Some(0_u32);
    for taken in 0..most.len() {
        let (Some(so_far), name) = (most[taken], taken.count_ones() as usize) else { continue };
        for class in (0..count).filter(|class| taken & (1 << class) == 0) {
            let next = &mut most[taken | (1 << class)];
            *next = (*next).max(Some(so_far + agree[name * count + class]));
        }
    }
    Some(f64::from(most[(1 << count) - 1].unwrap_or(0)) / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_matching_is_found_even_where_the_greedy_one_is_worse() {
        // Name 0 is mostly class 0, and so is name 1 alone.
        let pairs = [[(0, 0); 3].as_slice(), &[(0, 1); 2], &[(1, 0); 3]].concat();
        assert_eq!(matched_share(&pairs, 2).unwrap(), 5.0 / 8.0);
        let turned: Vec<_> = (0..30).map(|at| (at % 10, (at + 3) % 10)).collect();
        assert_eq!(matched_share(&turned, 10).unwrap(), 1.0);
        assert!(matched_share(&[], 3).is_none() && matched_share(&turned, 17).is_none());
    }
}
