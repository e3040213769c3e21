//! Mersenne Twister: A 623-Dimensionally Equidistributed Uniform Pseudo-Random Number Generator, Matsumoto and Nishimura 1998,
//! doi:10.1145/272991.272995: the generator MT19937 of NumPy's `RandomState` and of PyTorch on the CPU, and how both draw random
//! orders from it. Subsets and splits that other programs drew are drawn again by it; Gannet's own come from its streams.

/// Words of the state.
const WORDS: usize = 624;
/// The distance of the words that a new word is mixed of.
const MIDDLE: usize = 397;

/// The generator MT19937.
#[derive(Debug, Clone)]
pub struct MersenneTwister {
    state: Vec<u32>,
    next: usize,
}

impl MersenneTwister {
    /// The generator after `numpy.random.seed(seed)` or `torch.manual_seed(seed)`.
    pub fn new(seed: u32) -> Self {
        let mut state = vec![seed];
        for number in 1..WORDS as u32 {
            let before = state[number as usize - 1];
            state.push(1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(number));
        }
        Self { state, next: WORDS }
    }

    /// The next 32 random bits.
    pub fn bits(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut bits = self.state[self.next];
        self.next += 1;
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c_5680;
        bits ^= (bits << 15) & 0xefc6_0000;
        bits ^ (bits >> 18)
    }

    /// `RandomState.permutation(count)` of NumPy, whose first `size` numbers are `choice(count, size, replace=False)`.
    pub fn numpy_permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            // Bits are drawn until they are no larger than the index.
            let mask = u32::MAX >> (last as u32).leading_zeros();
            let other = loop {
                let drawn = (self.bits() & mask) as usize;
                if drawn <= last {
                    break drawn;
                }
            };
            order.swap(last, other);
        }
        order
    }

    /// `torch.randperm(count)` of PyTorch on the CPU.
    pub fn torch_permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for first in 0..count.saturating_sub(1) {
            let other = first + self.bits() as usize % (count - first);
            order.swap(first, other);
        }
        order
    }

    fn twist(&mut self) {
        for at in 0..WORDS {
            let mixed = (self.state[at] & 0x8000_0000) | (self.state[(at + 1) % WORDS] & 0x7fff_ffff);
            let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[at] = self.state[(at + MIDDLE) % WORDS] ^ (mixed >> 1) ^ odd;
        }
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By NumPy 2.4.6 and PyTorch 2.11.0.
    #[test]
    fn orders_are_those_of_numpy_and_of_pytorch() {
        let mut numpy = MersenneTwister::new(2020);
        assert_eq!(numpy.numpy_permutation(10), [2, 4, 9, 1, 5, 7, 6, 3, 8, 0]);
        assert_eq!(MersenneTwister::new(7).torch_permutation(10), [5, 0, 3, 4, 1, 7, 9, 6, 8, 2]);
        // Beyond the 624 words of one state.
        let mut torch = MersenneTwister::new(7);
        torch.torch_permutation(1000);
        assert_eq!(torch.torch_permutation(6), [1, 3, 0, 5, 4, 2]);
        assert_eq!(torch.torch_permutation(0), [0; 0]);
    }
}
