//! DINOv2: Learning Robust Visual Features without Supervision, Oquab et al. 2023, arXiv:2304.07193: the vision transformer
//! (Dosovitskiy et al. 2020, arXiv:2010.11929). Stein et al. 2023, arXiv:2306.04675, found that its class token agrees with
//! people's ratings of generated images better than Inception's features.
//!
//! ```text
//! x = [class, patches of 14 × 14 pixels] + positions
//! x = x + γ₁ · attention(norm(x)),  x = x + γ₂ · mlp(norm(x))      in each block
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::{gelu, softmax};

use super::extractor::{ExtractedFeatures, Extractor};
use super::frozen::{Conv, ConvSizes, Dense, Misfit, Weights, imagenet};

/// Pixels along a side of a patch.
const PATCH: usize = 14;
/// Features of one attention head.
const HEAD: usize = 64;

/// DINOv2 without registers for `images [n, 3, 224, 224]` in `[0, 255]`; the features are the class token after the last norm.
pub struct DinoV2 {
    patches: Conv,
    /// `[1, 1, d]`.
    class: Tensor<3>,
    /// `[1, 1 + patches, d]`.
    positions: Tensor<3>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    width: usize,
}

impl DinoV2 {
    /// Side of the images, in pixels.
    pub const SIZE: usize = 224;

    /// The network with the published weights, whose shapes give the size (small, base, large).
    ///
    /// # Errors
    /// The weights are another network's.
    pub fn new(mut weights: Weights) -> Result<Self, Misfit> {
        let w = &mut weights;
        let width = w.shape("cls_token").and_then(|shape| shape.last().copied()).unwrap_or(768);
        let learned = w.axes("pos_embed").map_or(1370, |[_, learned, _]| learned);
        let side = Self::SIZE / PATCH;
        if (learned - 1).isqrt().pow(2) != learned - 1 || !width.is_multiple_of(HEAD) {
            w.complain(format!("{learned} positions of {width} values are no square with heads of {HEAD}"));
        }
        let class = w.tensor("cls_token", [1, 1, width]);
        let positions = positions(&w.take("pos_embed", &[1, learned, width]), width, side);
        let positions = w.tensor_of(positions, [1, 1 + side * side, width]);
        let depth = (0..).take_while(|at| w.shape(&format!("blocks.{at}.norm1.weight")).is_some()).count();
        let network = Self {
            patches: Conv::new(w, "patch_embed.proj", ConvSizes::new(3, width, PATCH, PATCH, 0)),
            positions,
            class,
            blocks: (0..depth).map(|at| Block::new(w, &format!("blocks.{at}"), width)).collect(),
            norm: LayerNorm::new(w, "norm", width),
            width,
        };
        weights.ignore(|name| name == "mask_token");
        weights.finish("DINOv2", network)
    }
}

impl Extractor for DinoV2 {
    fn input(&self) -> [usize; 3] {
        [3, Self::SIZE, Self::SIZE]
    }

    fn features(&self) -> usize {
        self.width
    }

    fn classes(&self) -> usize {
        0
    }

    fn extract(&self, images: Tensor<4>) -> ExtractedFeatures {
        let n = images.dims()[0];
        let patches = self.patches.forward(imagenet(images), 1.0);
        let patches = patches.flatten::<3>(2, 3).swap_dims(1, 2);
        let x = Tensor::cat(vec![self.class.clone().repeat_dim(0, n), patches], 1) + self.positions.clone();
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        let class = x.narrow(1, 0, 1);
        ExtractedFeatures { features: self.norm.forward(class).reshape([n, self.width]), logits: None }
    }
}

struct Block {
    norms: [LayerNorm; 2],
    qkv: Dense,
    proj: Dense,
    mlp: [Dense; 2],
    /// γ₁ and γ₂ `[1, 1, d]`.
    scales: [Tensor<3>; 2],
}

impl Block {
    fn new(w: &mut Weights, name: &str, width: usize) -> Self {
        let hidden = w.axes(&format!("{name}.mlp.fc1.weight")).map_or(4 * width, |[hidden, _]| hidden);
        let norms = ["norm1", "norm2"].map(|norm| LayerNorm::new(w, &format!("{name}.{norm}"), width));
        let mut dense = |layer: &str, sizes| Dense::new(w, &format!("{name}.{layer}"), sizes);
        let (qkv, proj) = (dense("attn.qkv", [width, 3 * width]), dense("attn.proj", [width, width]));
        let mlp = [dense("mlp.fc1", [width, hidden]), dense("mlp.fc2", [hidden, width])];
        let scale =
            |w: &mut Weights, layer| w.tensor::<1>(&format!("{name}.{layer}.gamma"), [width]).reshape([1, 1, width]);
        let scales = ["ls1", "ls2"].map(|layer| scale(w, layer));
        Self { norms, qkv, proj, mlp, scales }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = x.clone() + self.attention(self.norms[0].forward(x)) * self.scales[0].clone();
        let y = self.norms[1].forward(x.clone());
        let y = per_token(gelu(per_token(y, &self.mlp[0])), &self.mlp[1]);
        x + y * self.scales[1].clone()
    }

    fn attention(&self, x: Tensor<3>) -> Tensor<3> {
        let [n, tokens, width] = x.dims();
        let heads = width / HEAD;
        let qkv = per_token(x, &self.qkv).reshape([n, tokens, 3 * heads, HEAD]).swap_dims(1, 2);
        let part = |at: usize| qkv.clone().narrow(1, at * heads, heads);
        let scores = (part(0) * (HEAD as f64).powf(-0.5)).matmul(part(1).swap_dims(2, 3));
        let mixed = softmax(scores, 3).matmul(part(2));
        per_token(mixed.swap_dims(1, 2).reshape([n, tokens, width]), &self.proj)
    }
}

/// A linear layer applied to each token.
fn per_token(x: Tensor<3>, layer: &Dense) -> Tensor<3> {
    let [n, tokens, width] = x.dims();
    let y = layer.forward(x.reshape([n * tokens, width]), 1.0);
    let output = y.dims()[1];
    y.reshape([n, tokens, output])
}

struct LayerNorm {
    gamma: Tensor<3>,
    beta: Tensor<3>,
}

impl LayerNorm {
    fn new(w: &mut Weights, name: &str, width: usize) -> Self {
        let [gamma, beta] =
            ["weight", "bias"].map(|part| w.tensor::<1>(&format!("{name}.{part}"), [width]).reshape([1, 1, width]));
        Self { gamma, beta }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = x.clone() - x.mean_dim(2);
        let deviation = ((x.clone() * x.clone()).mean_dim(2) + 1e-6).sqrt();
        x / deviation * self.gamma.clone() + self.beta.clone()
    }
}

/// The learned positions `[1 + s², width]` resampled to `side²` patches by the bicubic interpolation of the published code:
/// its scale is `(side + 0.1) / s`, so that rounding never loses a patch, and the border is repeated.
fn positions(learned: &[f32], width: usize, side: usize) -> Vec<f32> {
    let s = (learned.len() / width).saturating_sub(1).isqrt();
    if s == 0 {
        return Vec::new();
    }
    let (class, grid) = learned.split_at(width);
    if s == side {
        return learned.to_vec();
    }
    let taps: Vec<[(usize, f64); 4]> = (0..side).map(|at| taps(at, s as f64 / (side as f64 + 0.1), s)).collect();
    let mut resampled = class.to_vec();
    for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
        resampled.extend((0..width).map(|channel| {
            let line =
                |row: usize| taps[x].iter().map(move |(at, w)| w * f64::from(grid[(row * s + at) * width + channel]));
            taps[y].iter().map(|(row, weight)| weight * line(*row).sum::<f64>()).sum::<f64>() as f32
        }));
    }
    resampled
}

/// The four places that value `at` is interpolated from, and their weights: cubic convolution with a = −0.75 (Keys 1981).
fn taps(at: usize, scale: f64, length: usize) -> [(usize, f64); 4] {
    const A: f64 = -0.75;
    let center = (at as f64 + 0.5) * scale - 0.5;
    let first = center.floor();
    [-1.0, 0.0, 1.0, 2.0].map(|by| {
        let distance = (center - first - by).abs();
        let weight = if distance <= 1.0 {
            ((A + 2.0) * distance - (A + 3.0)) * distance * distance + 1.0
        } else {
            ((A * distance - 5.0 * A) * distance + 8.0 * A) * distance - 4.0 * A
        };
        ((first + by).clamp(0.0, length as f64 - 1.0) as usize, weight)
    })
}
