//! The bands of frequency of ADA's filter.

/// Zero-phase filters of the four octaves of frequency from the lowest, of one length, which sum to the identity: the
/// autocorrelations of Daubechies' wavelet of two vanishing moments (1988), dilated by 2 and 4.
pub(super) fn bands() -> [Vec<f64>; 4] {
    let root = 3.0_f64.sqrt();
    let low = [1.0 + root, 3.0 + root, 3.0 - root, 1.0 - root].map(|tap| tap / 8.0);
    // The autocorrelation of taps that sum to 1, a half-band low-pass filter.
    let mut smooth = vec![0.0; 7];
    for (i, a) in low.iter().enumerate() {
        low.iter().enumerate().for_each(|(j, b)| smooth[i + 3 - j] += a * b);
    }
    let mut rest: Vec<f64> = smooth.iter().map(|tap| -tap).collect();
    rest[3] += 1.0;
    let dilated = |taps: &[f64], step: usize| {
        let mut wide = vec![0.0; (taps.len() - 1) * step + 1];
        taps.iter().enumerate().for_each(|(at, tap)| wide[at * step] = *tap);
        wide
    };
    let convolved = |a: &[f64], b: &[f64]| {
        let mut product = vec![0.0; a.len() + b.len() - 1];
        a.iter().enumerate().for_each(|(i, a)| b.iter().enumerate().for_each(|(j, b)| product[i + j] += a * b));
        product
    };
    let two = convolved(&smooth, &dilated(&smooth, 2));
    let all = [
        convolved(&two, &dilated(&smooth, 4)),
        convolved(&two, &dilated(&rest, 4)),
        convolved(&smooth, &dilated(&rest, 2)),
        rest,
    ];
    let longest = all[0].len();
    all.map(|taps| {
        let padding = vec![0.0; (longest - taps.len()) / 2];
        [padding.clone(), taps, padding].concat()
    })
}
