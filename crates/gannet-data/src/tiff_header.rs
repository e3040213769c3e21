//! What the tags of a TIFF say: pages, how colors are stored, and whether they are multiplied by alpha.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

/// Pages that are counted at most.
const MOST_PAGES: usize = 100_000;
/// The value of ExtraSamples for colors that are multiplied by alpha.
const ASSOCIATED: u16 = 1;

/// What a TIFF's tags say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TiffHeader {
    /// pages, without reduced copies of them
    pub pages: usize,
    /// whether the colors of the first page are multiplied by alpha
    pub associated_alpha: bool,
    /// how the first page stores colors, in words
    pub colors: String,
    /// the ICC profile of the first page, which the image's decoder refuses where it is larger than the pixels
    pub icc: Option<Vec<u8>>,
}

impl TiffHeader {
    /// Reads the tags. What cannot be read counts as absent; the decoder of the image reports damage.
    pub fn read(bytes: &[u8]) -> Self {
        let Ok(mut decoder) = Decoder::new(Cursor::new(bytes)) else { return Self::default() };
        let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).ok().flatten().unwrap_or_default();
        let icc = decoder.get_tag_u8_vec(Tag::IccProfile).ok();
        let colors = decoder.colortype().map_or_else(|_| String::new(), color_name);
        let mut pages = 1;
        while pages < MOST_PAGES && decoder.more_images() && decoder.next_image().is_ok() {
            let kind = decoder.find_tag_unsigned::<u32>(Tag::NewSubfileType).ok().flatten().unwrap_or(0);
            // The lowest bit means a reduced copy of another page.
            pages += usize::from(kind & 1 == 0);
        }
        Self { pages, associated_alpha: extra.first() == Some(&ASSOCIATED), colors, icc }
    }
}

/// Colors and bits, such as `YCbCr with 8 bits per channel`.
fn color_name(color: ColorType) -> String {
    let (name, bits) = match color {
        ColorType::Gray(bits) => ("gray", bits),
        ColorType::GrayA(bits) => ("gray and alpha", bits),
        ColorType::RGB(bits) => ("RGB", bits),
        ColorType::RGBA(bits) => ("RGBA", bits),
        ColorType::CMYK(bits) => ("CMYK", bits),
        ColorType::CMYKA(bits) => ("CMYK and alpha", bits),
        ColorType::YCbCr(bits) => ("YCbCr", bits),
        ColorType::Lab(bits) => ("CIE Lab", bits),
        ColorType::Palette(bits) => ("a palette", bits),
        ColorType::Multiband { bit_depth, num_samples } => {
            return format!("{num_samples} channels with {bit_depth} bits each");
        }
        _ => return String::new(),
    };
    format!("{name} with {bits} bits per channel")
}
