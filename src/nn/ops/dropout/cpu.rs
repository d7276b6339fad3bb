//! Dropout on the CPU: plain loops that the compiler vectorises.

use super::DropoutKernel;
use crate::nn::buffers::{Buffer, Context};
use dfdx::prelude::Cpu;

impl DropoutKernel for Cpu {
    fn scale(_: &Context<Self>, x: &mut Buffer<Self>, mask: &Buffer<Self>) -> Result<(), Self::Err> {
        x.iter_mut().zip(&mask[..]).for_each(|(x, m)| *x *= m);
        Ok(())
    }

    fn scale_add(_: &Context<Self>, gx: &mut Buffer<Self>, gy: &Buffer<Self>, mask: &Buffer<Self>) -> Result<(), Self::Err> {
        gx.iter_mut().zip(&gy[..]).zip(&mask[..]).for_each(|((gx, gy), m)| *gx += gy * m);
        Ok(())
    }
}
