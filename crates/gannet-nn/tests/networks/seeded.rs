//! Weights and inputs by formula, as scripts/reference/seeded.py computes them.

fn splitmix64(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `count` numbers in `[0, 1)`.
pub fn uniform(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let key = key(name);
    (0..count as u64).map(move |at| (splitmix64(key.wrapping_add(at)) >> 40) as f64 / f64::from(1 << 24))
}

/// The values of the tensor called `name`.
pub fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let last = name.rsplit('.').next().unwrap_or_default();
    let fan_in = shape.iter().skip(1).product::<usize>() as f64;
    let count = shape.iter().product();
    let of: Box<dyn Fn(f64) -> f64> = match (last, shape) {
        ("pos_embed" | "cls_token" | "mask_token", _) => Box::new(|u| 0.5 * (2.0 * u - 1.0)),
        (_, [1, n, 1, 1]) => {
            let n = *n as f64;
            Box::new(move |u| u / n)
        }
        (_, [_, _, ..]) => Box::new(move |u| (2.0 * u - 1.0) * (6.0 / fan_in).sqrt()),
        ("running_var" | "weight" | "gamma", _) => Box::new(|u| 1.0 + 0.2 * (2.0 * u - 1.0)),
        _ => Box::new(|u| 0.1 * (2.0 * u - 1.0)),
    };
    uniform(name, count).map(|u| of(u) as f32).collect()
}
