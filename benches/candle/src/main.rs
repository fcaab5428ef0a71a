//! The workloads W1 to W3 of `benches/workloads.rs` in Candle: `candle-workloads w2 3 2` prints the median milliseconds
//! per step and the peak memory in kB. The models, the batches and the optimizer are those of the other sides.

use std::time::Instant;

use candle_core::{DType, Device, Module, ModuleT, Result, Tensor};
use candle_nn::{
    AdamW, BatchNorm, Conv2d, Conv2dConfig, Linear, Optimizer, ParamsAdamW, VarBuilder, VarMap, batch_norm, conv2d,
    linear, loss,
};

fn convolution(vb: &VarBuilder, sizes: [usize; 5]) -> Result<Conv2d> {
    let [channels, filters, kernel, stride, padding] = sizes;
    let config = Conv2dConfig {
        stride,
        padding,
        ..Conv2dConfig::default()
    };
    conv2d(channels, filters, kernel, config, vb.clone())
}

struct Mlp([Linear; 3]);

impl Mlp {
    fn new(vb: &VarBuilder) -> Result<Self> {
        Ok(Self([
            linear(784, 256, vb.pp("0"))?,
            linear(256, 128, vb.pp("2"))?,
            linear(128, 10, vb.pp("4"))?,
        ]))
    }
}

impl ModuleT for Mlp {
    fn forward_t(&self, x: &Tensor, _: bool) -> Result<Tensor> {
        let x = self.0[0].forward(x)?.relu()?;
        self.0[2].forward(&self.0[1].forward(&x)?.relu()?)
    }
}

struct LeNet([Conv2d; 2], [Linear; 2]);

impl LeNet {
    fn new(vb: &VarBuilder) -> Result<Self> {
        Ok(Self(
            [
                convolution(&vb.pp("0"), [1, 16, 5, 1, 2])?,
                convolution(&vb.pp("3"), [16, 32, 5, 1, 2])?,
            ],
            [linear(1568, 128, vb.pp("7"))?, linear(128, 10, vb.pp("9"))?],
        ))
    }
}

impl ModuleT for LeNet {
    fn forward_t(&self, x: &Tensor, _: bool) -> Result<Tensor> {
        let x = self.0[0].forward(x)?.relu()?.max_pool2d(2)?;
        let x = self.0[1].forward(&x)?.relu()?.max_pool2d(2)?;
        self.1[1].forward(&self.1[0].forward(&x.flatten_from(1)?)?.relu()?)
    }
}

struct Residual {
    first: (Conv2d, BatchNorm),
    second: (Conv2d, BatchNorm),
    side: Option<(Conv2d, BatchNorm)>,
}

impl Residual {
    fn new(vb: &VarBuilder, i: usize, o: usize, stride: usize) -> Result<Self> {
        let part = |name: &str, sizes: [usize; 5]| -> Result<(Conv2d, BatchNorm)> {
            let vb = vb.pp(name);
            Ok((
                convolution(&vb.pp("0"), sizes)?,
                batch_norm(sizes[1], 1e-5, vb.pp("1"))?,
            ))
        };
        Ok(Self {
            first: part("first", [i, o, 3, stride, 1])?,
            second: part("second", [o, o, 3, 1, 1])?,
            side: if stride == 1 {
                None
            } else {
                Some(part("side", [i, o, 1, stride, 0])?)
            },
        })
    }
}

impl ModuleT for Residual {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let part = |(conv, norm): &(Conv2d, BatchNorm), x: &Tensor| norm.forward_t(&conv.forward(x)?, train);
        let y = part(&self.second, &part(&self.first, x)?.relu()?)?;
        let side = match &self.side {
            Some(side) => part(side, x)?,
            None => x.clone(),
        };
        (y + side)?.relu()
    }
}

struct ResNet(Conv2d, [Residual; 3], Linear);

impl ResNet {
    fn new(vb: &VarBuilder) -> Result<Self> {
        let blocks = [
            Residual::new(&vb.pp("2"), 16, 16, 1)?,
            Residual::new(&vb.pp("3"), 16, 16, 1)?,
            Residual::new(&vb.pp("4"), 16, 32, 2)?,
        ];
        Ok(Self(
            convolution(&vb.pp("0"), [1, 16, 3, 1, 1])?,
            blocks,
            linear(32, 10, vb.pp("7"))?,
        ))
    }
}

impl ModuleT for ResNet {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let mut x = self.0.forward(x)?.relu()?;
        for block in &self.1 {
            x = block.forward_t(&x, train)?;
        }
        self.2.forward(&x.mean((2, 3))?)
    }
}

/// Calls `step` for `seconds`, five times at least; the median milliseconds of one.
fn time(seconds: f64, mut step: impl FnMut() -> Result<()>) -> Result<f64> {
    step()?;
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds || times.len() < 5 {
        let begun = Instant::now();
        step()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn train(vars: &VarMap, model: impl ModuleT, x: &Tensor, seconds: f64) -> Result<f64> {
    let batch = x.dim(0)?;
    let classes: Vec<u32> = (0..batch as u32).map(|i| i % 10).collect();
    let classes = Tensor::from_vec(classes, batch, &Device::Cpu)?;
    let adam = ParamsAdamW {
        lr: 1e-3,
        weight_decay: 0.0,
        ..ParamsAdamW::default()
    };
    let mut adam = AdamW::new(vars.all_vars(), adam)?;
    time(seconds, || {
        let loss = loss::cross_entropy(&model.forward_t(x, true)?, &classes)?;
        adam.backward_step(&loss)
    })
}

fn infer(model: impl ModuleT, x: &Tensor, seconds: f64) -> Result<f64> {
    time(seconds, || {
        std::hint::black_box(model.forward_t(x, false)?);
        Ok(())
    })
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = arguments.get(2).and_then(|s| s.parse().ok()).unwrap_or(2.0);
    let vars = VarMap::new();
    let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
    let images = |n: usize| Tensor::randn(0f32, 1f32, (n, 1, 28, 28), &Device::Cpu);
    let ms = match arguments.get(1).map(String::as_str) {
        Some("w1") => train(&vars, Mlp::new(&vb)?, &images(128)?.flatten_from(1)?, seconds)?,
        Some("w2") => train(&vars, LeNet::new(&vb)?, &images(128)?, seconds)?,
        Some("w3") => train(&vars, ResNet::new(&vb)?, &images(64)?, seconds)?,
        Some("i2_1") => infer(LeNet::new(&vb)?, &images(1)?, seconds)?,
        Some("i2_256") => infer(LeNet::new(&vb)?, &images(256)?, seconds)?,
        _ => {
            println!("workloads: w1 w2 w3 i2_1 i2_256");
            return Ok(());
        }
    };
    println!("{ms:.4} {}", peak_memory());
    Ok(())
}

/// The most memory that this process had, in kB; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}
