//! The heads of files of other programs: what a file says of itself before its content. Nothing here reads more than bytes that
//! it is given, and nothing trusts them.

pub mod flatbuffer;
pub mod jpeg_header;
pub mod little_endian;
pub mod npy_header;
pub mod png_header;
