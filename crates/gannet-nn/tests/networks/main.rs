//! The networks against PyTorch: results, slopes and gradients.

mod adain;
mod dcgan;
mod foreign_file;
mod known_names;
mod misfits;
mod mlp;
mod modern;
mod mutated_files;
mod ncnn_files;
mod reference;
mod seeded;
mod small_vgg;
mod spandrel;
mod translators;
mod upscalers;
