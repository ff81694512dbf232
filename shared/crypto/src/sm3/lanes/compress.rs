//! The compression function of SM3 (GB/T 32905-2016, 5.3) on vector registers, a message in each lane.
//!
//! Owns the rounds and nothing of messages. `pulp` picks the widest registers that the processor has when the program runs.

use pulp::{Simd, WithSimd};

use super::{LANES, Words};

/// GB/T 32905-2016, 4.2, rotated as each round takes it (5.3.3).
pub(super) static CONSTANTS: [[u32; 16]; 4] = constants();

const fn constants() -> [[u32; 16]; 4] {
    let mut constants = [[0; 16]; 4];
    let mut j = 0;
    while j < 64 {
        let t: u32 = if j < 16 { 0x79cc_4519 } else { 0x7a87_9d8a };
        constants[j / 16][j % 16] = t.rotate_left(j as u32 % 32);
        j += 1;
    }
    constants
}

/// One block of each message, as many messages at a time as a register of the processor has lanes.
pub(super) struct Compress<'a> {
    pub(super) state: &'a mut [Words; 8],
    pub(super) block: &'a [Words; 16],
}

impl WithSimd for Compress<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let operations = Operations(simd);
        for part in 0..LANES / S::U32_LANES {
            let block = self.block.each_ref().map(|words| S::as_simd_u32s(&words.0).0[part]);
            let state = self.state.each_ref().map(|words| S::as_simd_u32s(&words.0).0[part]);
            let after = operations.compressed(state, block);
            for (words, after) in self.state.iter_mut().zip(after) {
                S::as_mut_simd_u32s(&mut words.0).0[part] = after;
            }
        }
    }
}

/// The operations of the standard on registers. All of them are inlined into the code for the processor at hand.
#[derive(Clone, Copy)]
pub(super) struct Operations<S>(pub(super) S);

/// Writes a step out for each of sixteen rounds, so that every word has a register of its own.
macro_rules! sixteen_times {
    ($step:ident) => {
        $step!(0);
        $step!(1);
        $step!(2);
        $step!(3);
        $step!(4);
        $step!(5);
        $step!(6);
        $step!(7);
        $step!(8);
        $step!(9);
        $step!(10);
        $step!(11);
        $step!(12);
        $step!(13);
        $step!(14);
        $step!(15);
    };
}
pub(super) use sixteen_times;

impl<S: Simd> Operations<S> {
    /// The state after a block.
    #[inline(always)]
    fn compressed(self, state: [S::u32s; 8], block: [S::u32s; 16]) -> [S::u32s; 8] {
        // The last sixteen words of the expanded block (5.3.2): word j stands at j mod 16.
        let mut w = block;
        let mut at = state;
        macro_rules! early {
            ($j:literal) => {
                if $j >= 12 {
                    w[($j + 4) % 16] = self.next(&w, ($j + 4) % 16);
                }
                at = self.round::<true>(at, CONSTANTS[0][$j], w[$j], w[($j + 4) % 16]);
            };
        }
        sixteen_times!(early);
        for constants in &CONSTANTS[1..] {
            macro_rules! late {
                ($j:literal) => {
                    w[($j + 4) % 16] = self.next(&w, ($j + 4) % 16);
                    at = self.round::<false>(at, constants[$j], w[$j], w[($j + 4) % 16]);
                };
            }
            sixteen_times!(late);
        }
        let mut after = at;
        for (after, before) in after.iter_mut().zip(state) {
            *after = self.xor(*after, before);
        }
        after
    }

    /// A round of 5.3.3, one of the first sixteen where it is `EARLY`; `word` is W of the round, `fourth` the W four places on.
    #[inline(always)]
    pub(super) fn round<const EARLY: bool>(
        self,
        state: [S::u32s; 8],
        constant: u32,
        word: S::u32s,
        fourth: S::u32s,
    ) -> [S::u32s; 8] {
        let [a, b, c, d, e, f, g, h] = state;
        let a12 = self.rotated::<12>(a);
        // What is known last comes last into each sum: the next round waits for it.
        let ss1 = self.rotated::<7>(self.add(self.add(self.0.splat_u32s(constant), a12), e));
        let ss2 = self.xor(ss1, a12);
        let (ff, gg) = if EARLY {
            (self.xor3(a, b, c), self.xor3(e, f, g))
        } else {
            (self.majority(a, b, c), self.choice(e, f, g))
        };
        let tt1 = self.add(self.add(self.add(d, self.xor(word, fourth)), ff), ss2);
        let tt2 = self.add(self.add(self.add(h, word), gg), ss1);
        let [b9, f19] = [self.rotated::<9>(b), self.rotated::<19>(f)];
        [tt1, a, b9, c, self.mixed::<9, 17>(tt2), e, f19, g]
    }

    /// The word of 5.3.2 that takes the place of the one at `at`, sixteen words before it.
    #[inline(always)]
    pub(super) fn next(self, w: &[S::u32s; 16], at: usize) -> S::u32s {
        let ago = |words: usize| w[(at + 16 - words) % 16];
        let mixed = self.mixed::<15, 23>(self.xor3(w[at], ago(9), self.rotated::<15>(ago(3))));
        self.xor3(mixed, self.rotated::<7>(ago(13)), ago(6))
    }

    /// P0 and P1 of 4.4.
    #[inline(always)]
    fn mixed<const M: u32, const N: u32>(self, x: S::u32s) -> S::u32s {
        self.xor3(x, self.rotated::<M>(x), self.rotated::<N>(x))
    }

    /// FF of the later rounds.
    #[inline(always)]
    fn majority(self, x: S::u32s, y: S::u32s, z: S::u32s) -> S::u32s {
        let simd = self.0;
        simd.or_u32s(simd.and_u32s(x, y), simd.and_u32s(z, simd.or_u32s(x, y)))
    }

    /// GG of the later rounds.
    #[inline(always)]
    fn choice(self, x: S::u32s, y: S::u32s, z: S::u32s) -> S::u32s {
        let simd = self.0;
        simd.or_u32s(simd.and_u32s(x, y), simd.and_u32s(simd.not_u32s(x), z))
    }

    #[inline(always)]
    fn rotated<const N: u32>(self, x: S::u32s) -> S::u32s {
        let simd = self.0;
        let left = simd.wrapping_dyn_shl_u32s(x, simd.splat_u32s(N));
        simd.or_u32s(left, simd.wrapping_dyn_shr_u32s(x, simd.splat_u32s(32 - N)))
    }

    // Each takes its words by themselves: over a list of them the compiler leaves a loop through memory where it finds the function long.
    #[inline(always)]
    fn xor(self, x: S::u32s, y: S::u32s) -> S::u32s {
        self.0.xor_u32s(x, y)
    }

    #[inline(always)]
    fn xor3(self, x: S::u32s, y: S::u32s, z: S::u32s) -> S::u32s {
        self.xor(self.xor(x, y), z)
    }

    #[inline(always)]
    fn add(self, x: S::u32s, y: S::u32s) -> S::u32s {
        self.0.add_u32s(x, y)
    }
}
