//! Dropout on a GPU. The masks come from the host's generator, so that they are the same bytes on every device.

use crate::nn::gpu::Argument::{In, Int, Out};
use crate::nn::gpu::{Gpu, Grid};

/// x *= mask, `n` values
pub fn scale<G: Gpu>(gpu: &G, x: &mut G::Values, mask: &G::Values, n: usize) -> Result<(), G::Error> {
    gpu.launch("multiply", Grid::Each(n), &mut [Out(x), In(mask), Int(n)])
}

/// gx += gy * mask, `n` values
pub fn scale_add<G: Gpu>(gpu: &G, gx: &mut G::Values, gy: &G::Values, mask: &G::Values, n: usize) -> Result<(), G::Error> {
    gpu.launch("add_product", Grid::Each(n), &mut [Out(gx), In(gy), In(mask), Int(n)])
}

#[cfg(feature = "cuda")]
mod device {
    use super::super::DropoutKernel;
    use crate::nn::buffers::{Buffer, Context};
    use dfdx::prelude::{Cuda, Storage};

    impl DropoutKernel for Cuda {
        fn scale(run: &Context<Self>, x: &mut Buffer<Self>, mask: &Buffer<Self>) -> Result<(), Self::Err> {
            let n = run.device().len(x);
            super::scale(run.workspace(), x, mask, n)
        }

        fn scale_add(run: &Context<Self>, gx: &mut Buffer<Self>, gy: &Buffer<Self>, mask: &Buffer<Self>) -> Result<(), Self::Err> {
            super::scale_add(run.workspace(), gx, gy, mask, run.device().len(gx))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DropoutKernel;
    use super::*;
    use crate::nn::buffers::{Buffers, Context};
    use crate::nn::gpu::emulated::emulated;
    use crate::nn::ops::closeness::numbers;
    use dfdx::prelude::Cpu;

    #[test]
    fn equals_the_cpu_s() {
        let run = Context::cpu(1);
        for n in [1, 255, 256, 1000] {
            let [x, gx, mask] = [1, 2, 3].map(|seed| numbers(seed, n));
            let upload = |v: &[f32]| Cpu::upload(&run, v.to_vec()).unwrap();
            let (mut y, mut sum) = (upload(&x), upload(&gx));
            Cpu::scale(&run, &mut y, &upload(&mask)).unwrap();
            Cpu::scale_add(&run, &mut sum, &upload(&x), &upload(&mask)).unwrap();
            let got = emulated(|gpu| {
                let (mask, mut y, mut sum) = (gpu.upload(mask.clone())?, gpu.upload(x.clone())?, gpu.upload(gx.clone())?);
                scale(gpu, &mut y, &mask, n)?;
                scale_add(gpu, &mut sum, &gpu.upload(x.clone())?, &mask, n)?;
                Ok([gpu.download(&y)?, gpu.download(&sum)?])
            });
            let Some(got) = got else { return };
            assert_eq!(got, [y.to_vec(), sum.to_vec()]);
        }
    }
}
