//! Features on a GPU: convolution and maximum are one kernel, and what is added to a table's rows is grouped by row, so that sums are
//! always made in the same order.

use super::{FeatureShape, Spellings, Words};
use crate::nn::gpu::Argument::{In, Indices, Int, Maybe, Out, OutIndices};
use crate::nn::gpu::{Forward, Gpu, Grid, Groups, UploadedGroups, rows};

/// Values of the CNN's parameters.
pub struct Cnn<'a, G: Gpu> {
    pub table: &'a G::Values,
    pub filters: &'a G::Values,
    pub bias: &'a G::Values,
    pub mask: Option<&'a G::Values>,
}

/// Left by the forward pass of the CNN.
pub struct Saved<G: Gpu> {
    /// characters x dim, after dropout
    vectors: G::Values,
    /// spellings x filters: the position that won
    winners: G::Indices,
    /// Where each spelling's characters end.
    ends: G::Indices,
}

/// Gives the features, tokens x (word + filters).
pub fn forward<G: Gpu>(
    gpu: &G,
    shape: FeatureShape,
    words: &Words,
    table: &G::Values,
    cnn: Option<Cnn<G>>,
) -> Result<Forward<G, Saved<G>>, G::Error> {
    let (tokens, width, spellings) = (words.words.len(), shape.word + shape.filters, &words.spellings);
    let (peaks, saved) = match cnn {
        Some(cnn) => {
            let (peaks, saved) = convolve(gpu, shape, spellings, &cnn)?;
            (peaks, Some(saved))
        }
        None => (gpu.zeros(1)?, None),
    };
    let (rows, spelling) = (gpu.upload_indices(words.words.clone())?, gpu.upload_indices(words.spelling.clone())?);
    let mut x = gpu.zeros(tokens * width)?;
    let arguments = &mut [
        Out(&mut x),
        In(table),
        In(&peaks),
        Indices(&rows),
        Indices(&spelling),
        Int(shape.word),
        Int(shape.filters),
        Int(tokens * width),
    ];
    gpu.launch("features", Grid::Each(tokens * width), arguments)?;
    Ok((x, saved))
}

fn convolve<G: Gpu>(gpu: &G, shape: FeatureShape, spellings: &Spellings, cnn: &Cnn<G>) -> Result<(G::Values, Saved<G>), G::Error> {
    let (c, f) = (shape.character, shape.filters);
    let values = spellings.characters.len() * c;
    let characters = gpu.upload_indices(spellings.characters.clone())?;
    let ends = gpu.upload_indices(spellings.ends.clone())?;
    let mut vectors = gpu.zeros(values)?;
    let arguments = &mut [Out(&mut vectors), In(cnn.table), Maybe(cnn.mask), Indices(&characters), Int(c), Int(values)];
    gpu.launch("char_vectors", Grid::Each(values), arguments)?;
    let n = spellings.len() * f;
    let (mut peaks, mut winners) = (gpu.zeros(n)?, gpu.zero_indices(n)?);
    let arguments = &mut [
        Out(&mut peaks),
        OutIndices(&mut winners),
        In(&vectors),
        Indices(&ends),
        In(cnn.filters),
        In(cnn.bias),
        Int(c),
        Int(shape.window),
        Int(f),
        Int(n),
    ];
    gpu.launch("char_peaks", Grid::Each(n), arguments)?;
    Ok((peaks, Saved { vectors, winners, ends }))
}

/// Adds to the gradient of the word table's rows.
pub fn word_backward<G: Gpu>(
    gpu: &G,
    shape: FeatureShape,
    words: &Words,
    gradient: &G::Values,
    table: &mut G::Values,
) -> Result<(), G::Error> {
    let groups = Groups::of(&words.words).upload(gpu)?;
    add_grouped(gpu, table, gradient, None, &groups, Columns { count: shape.word, stride: shape.word + shape.filters, first: 0 })
}

/// Adds to the gradients of the CNN's table, filters and bias.
#[allow(clippy::too_many_arguments)]
pub fn characters_backward<G: Gpu>(
    gpu: &G,
    shape: FeatureShape,
    words: &Words,
    gradient: &G::Values,
    saved: Saved<G>,
    cnn: Cnn<G>,
    [g_table, g_filters, g_bias]: [&mut G::Values; 3],
) -> Result<(), G::Error> {
    let (f, c, window) = (shape.filters, shape.character, shape.window);
    let (spellings, characters) = (words.spellings.len(), words.spellings.characters.len());
    // Gradient of each spelling's peaks: the sum over its tokens.
    let mut g_peaks = gpu.zeros(spellings * f)?;
    let tokens = Groups::of(&words.spelling).upload(gpu)?;
    let columns = Columns { count: f, stride: shape.word + f, first: shape.word };
    add_grouped(gpu, &mut g_peaks, gradient, None, &tokens, columns)?;
    rows::add_column_sums(gpu, (g_bias, 0), (&g_peaks, 0), spellings, f)?;
    let arguments = &mut [
        Out(g_filters),
        In(&g_peaks),
        Indices(&saved.winners),
        In(&saved.vectors),
        Indices(&saved.ends),
        Int(c),
        Int(window),
        Int(f),
        Int(spellings),
    ];
    gpu.launch("char_filters_backward", Grid::Each(f * window * c), arguments)?;
    let owners = words.spellings.iter().enumerate().flat_map(|(s, word)| word.iter().map(move |_| s as u32)).collect();
    let owners = gpu.upload_indices(owners)?;
    let mut g_vectors = gpu.zeros(characters * c)?;
    let arguments = &mut [
        Out(&mut g_vectors),
        In(&g_peaks),
        Indices(&saved.winners),
        Indices(&owners),
        Indices(&saved.ends),
        In(cnn.filters),
        Int(c),
        Int(window),
        Int(f),
        Int(characters * c),
    ];
    gpu.launch("char_vectors_backward", Grid::Each(characters * c), arguments)?;
    let groups = Groups::of(&words.spellings.characters).upload(gpu)?;
    add_grouped(gpu, g_table, &g_vectors, cnn.mask, &groups, Columns { count: c, stride: c, first: 0 })
}

/// Which columns of a matrix: `count` of them from `first` on, its rows being `stride` values apart.
#[derive(Clone, Copy)]
struct Columns {
    count: usize,
    stride: usize,
    first: usize,
}

/// Row `key` of `to` += the sum of those rows of `from` that belong to the key, times `factors`.
fn add_grouped<G: Gpu>(
    gpu: &G,
    to: &mut G::Values,
    from: &G::Values,
    factors: Option<&G::Values>,
    groups: &UploadedGroups<G>,
    columns: Columns,
) -> Result<(), G::Error> {
    let n = groups.len * columns.count;
    let arguments = &mut [
        Out(to),
        In(from),
        Maybe(factors),
        Indices(&groups.keys),
        Indices(&groups.ends),
        Indices(&groups.places),
        Int(columns.count),
        Int(columns.stride),
        Int(columns.first),
        Int(n),
    ];
    gpu.launch("add_grouped", Grid::Each(n), arguments)
}

#[cfg(feature = "cuda")]
mod device {
    use super::super::{CharGradients, CharValues, FeatureShape, FeaturesKernel, Words};
    use super::Cnn;
    use crate::nn::buffers::{Buffer, Context, Forward};
    use crate::nn::gpu::CudaGpu;
    use dfdx::prelude::Cuda;

    fn cnn(values: CharValues<Cuda>) -> Cnn<CudaGpu> {
        Cnn { table: values.table, filters: values.filters, bias: values.bias, mask: values.mask }
    }

    impl FeaturesKernel for Cuda {
        type Saved = super::Saved<CudaGpu>;

        fn features_forward(
            run: &Context<Self>,
            shape: FeatureShape,
            words: &Words,
            table: &Buffer<Self>,
            characters: Option<CharValues<Self>>,
        ) -> Result<Forward<Self, Self::Saved>, Self::Err> {
            super::forward(run.workspace(), shape, words, table, characters.map(cnn))
        }

        fn word_backward(
            run: &Context<Self>,
            shape: FeatureShape,
            words: &Words,
            gradient: &Buffer<Self>,
            table: &mut Buffer<Self>,
        ) -> Result<(), Self::Err> {
            super::word_backward(run.workspace(), shape, words, gradient, table)
        }

        fn characters_backward(
            run: &Context<Self>,
            shape: FeatureShape,
            words: &Words,
            gradient: &Buffer<Self>,
            saved: Self::Saved,
            values: CharValues<Self>,
            gradients: CharGradients<Self>,
        ) -> Result<(), Self::Err> {
            let gradients = [gradients.table, gradients.filters, gradients.bias];
            super::characters_backward(run.workspace(), shape, words, gradient, saved, cnn(values), gradients)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CharGradients, CharValues, FeaturesKernel};
    use super::*;
    use crate::nn::buffers::{Buffer, Buffers, Context};
    use crate::nn::gpu::emulated::emulated;
    use crate::nn::ops::closeness::{close, numbers};
    use dfdx::prelude::Cpu;

    const WORDS: usize = 6;
    const CHARACTERS: usize = 5;

    /// Tokens that share words and spellings; one spelling is empty, one is of no token.
    fn words() -> Words {
        let mut words = Words { words: vec![2, 0, 2, 5, 2, 1], spelling: vec![0, 1, 0, 3, 2, 4], ..Words::default() };
        for spelling in [&[1, 2, 3][..], &[4], &[], &[2, 2, 1, 3, 0, 4, 4, 2], &[0, 0], &[3, 1]] {
            words.spellings.push(spelling);
        }
        words
    }

    #[test]
    fn equals_the_cpu_s() {
        let (run, words) = (Context::cpu(1), words());
        for (window, masked) in [(1, false), (2, true), (3, true), (4, false), (5, true)] {
            let shape = FeatureShape { word: 3, character: 4, filters: 5, window };
            let (characters, width) = (words.spellings.characters.len(), shape.word + shape.filters);
            // Word table, character table, filters, bias; then the mask and the gradient of the features.
            let lens = [WORDS * 3, CHARACTERS * 4, 5 * window * 4, 5, characters * 4, words.words.len() * width];
            let values: Vec<Vec<f32>> = lens.iter().enumerate().map(|(i, len)| numbers(i as u32 + 1, *len)).collect();

            let buffers: Vec<Buffer<Cpu>> = values.iter().map(|v| Cpu::upload(&run, v.clone()).unwrap()).collect();
            let mut grads: Vec<Buffer<Cpu>> = values[..4].iter().map(|v| Cpu::upload(&run, v.clone()).unwrap()).collect();
            let cnn =
                || CharValues::<Cpu> { table: &buffers[1], filters: &buffers[2], bias: &buffers[3], mask: masked.then_some(&buffers[4]) };
            let (x, saved) = Cpu::features_forward(&run, shape, &words, &buffers[0], Some(cnn())).unwrap();
            let [gw, gt, gf, gb] = &mut grads[..] else { unreachable!() };
            Cpu::word_backward(&run, shape, &words, &buffers[5], gw).unwrap();
            let gradients = CharGradients::<Cpu> { table: gt, filters: gf, bias: gb };
            Cpu::characters_backward(&run, shape, &words, &buffers[5], saved.unwrap(), cnn(), gradients).unwrap();

            let Some(got) = emulated(|gpu| {
                let buffers = values.iter().map(|v| gpu.upload(v.clone())).collect::<Result<Vec<_>, _>>()?;
                let mut grads = values[..4].iter().map(|v| gpu.upload(v.clone())).collect::<Result<Vec<_>, _>>()?;
                let cnn = || Cnn { table: &buffers[1], filters: &buffers[2], bias: &buffers[3], mask: masked.then_some(&buffers[4]) };
                let (x, saved) = forward(gpu, shape, &words, &buffers[0], Some(cnn()))?;
                let [gw, gt, gf, gb] = &mut grads[..] else { unreachable!() };
                word_backward(gpu, shape, &words, &buffers[5], gw)?;
                characters_backward(gpu, shape, &words, &buffers[5], saved.expect("kept"), cnn(), [gt, gf, gb])?;
                [x].iter().chain(&grads).map(|v| gpu.download(v)).collect::<Result<Vec<_>, _>>()
            }) else {
                return;
            };
            for ((what, got), want) in ["x", "words", "characters", "filters", "bias"].iter().zip(got).zip([x].iter().chain(&grads)) {
                close(&format!("window {window}: {what}"), &got, want, 1e-5);
            }
        }
    }

    #[test]
    fn without_a_cnn_a_token_is_its_word() {
        let (words, table) = (words(), numbers(1, WORDS * 2));
        let shape = FeatureShape { word: 2, character: 0, filters: 0, window: 0 };
        let got = emulated(|gpu| gpu.download(&forward(gpu, shape, &words, &gpu.upload(table.clone())?, None)?.0));
        let want: Vec<f32> = words.words.iter().flat_map(|w| &table[*w as usize * 2..][..2]).copied().collect();
        assert!(got.is_none_or(|got| got == want));
    }
}
