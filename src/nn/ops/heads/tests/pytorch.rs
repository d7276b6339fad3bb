//! The literal formula f(v ∘ (v + yU)) in PyTorch, for every kind of head, direction of feedback, value and number of rounds.

use super::Kind::{self, Hidden, Linear, Summed};
use crate::nn::ops::heads::Pair;
use crate::run::spec::FeedbackValue::{self, LogProbability, Probability};

/// Kind of head, feedback into MER and MEN, its value, rounds (none: given values); the two losses, then the products of the gradient of
/// v and of each head's parameters with fixed numbers.
pub type Line = (Kind, Pair<bool>, FeedbackValue, Option<usize>, [f64; 5]);

/// Made by
/// ```python
/// import torch
/// def grid(seed, *shape):
///     n = torch.Size(shape).numel()
///     return torch.tensor([((i * i * 7 + i * 37 + seed * 13) % 101 - 50) / 64 for i in range(n)], dtype=torch.float64).reshape(shape)
/// N, H, TAGS, WEIGHT = 4, 6, [3, 5], [0.5, 2.0]
/// GOLD = [torch.tensor([0, 2, 1, 1]), torch.tensor([4, 0, 3, 2])]
/// GIVEN = [grid(40, N, 3), grid(41, N, 5)]
/// def head(p, v, y, kind):  # f(v ∘ (v + yU)); log-softmax summed over the parts
///     Wa, b, Wb, U, Wo, bo = p
///     parts, total, scores = (2 if kind == "summed" else 1), 0, []
///     width = H // parts
///     for q in range(parts):
///         at = slice(q * width, (q + 1) * width)
///         x, W = v[:, at], Wa[at]
///         if y is not None: x, W = torch.cat([x, (v + y @ U)[:, at]], 1), torch.cat([Wa[at], Wb[at]])
///         z = x @ W + b[q]
///         if kind == "hidden": z = torch.tanh(z) @ Wo + bo
///         total = total + torch.log_softmax(z, 1)
///     return total
/// for kind in ["linear", "hidden", "summed"]:
///     for into in [(0, 0), (1, 0), (0, 1), (1, 1)]:
///         for value in ["probability", "log-probability"]:
///             for rounds in [1, 2, 3, "given"]:
///                 if into == (0, 0) and (rounds != 1 or value != "probability"): continue
///                 if rounds == "given" and value != "probability": continue
///                 v = grid(1, N, H).requires_grad_()
///                 ps = []
///                 for t in (0, 1):
///                     W = {"linear": TAGS[t], "hidden": H, "summed": TAGS[t]}[kind]
///                     shapes = [(H, W), (2 if kind == "summed" else 1, W), (H, W), (TAGS[1 - t], H), (W, TAGS[t]), (TAGS[t],)]
///                     ps.append([grid(10 + 10 * t + k, *s).requires_grad_() for k, s in enumerate(shapes)])
///                 y = GIVEN if rounds == "given" else [torch.full((N, L), 1 / L, dtype=torch.float64) for L in TAGS]
///                 for r in range(1 if rounds == "given" else rounds):
///                     out = [head(ps[t], v, y[1 - t] if into[t] else None, kind) for t in (0, 1)]
///                     y = [(torch.softmax(o, 1) if value == "probability" else o).detach() for o in out]
///                 losses = [-out[t].gather(1, GOLD[t][:, None]).sum() for t in (0, 1)]
///                 (WEIGHT[0] * losses[0] + WEIGHT[1] * losses[1]).backward()
///                 seen = [sum(((p.grad * grid(30 + k, *p.shape)).sum() for k, p in enumerate(ps[t]) if p.grad is not None)) for t in (0, 1)]
///                 numbers = [losses[0], losses[1], (v.grad * grid(2, N, H)).sum(), seen[0], seen[1]]
///                 tf = ["false", "true"]
///                 r = "None" if rounds == "given" else f"Some({rounds})"
///                 print(f"    ({kind.title()}, [{tf[into[0]]}, {tf[into[1]]}], {'P' if value == 'probability' else 'LogP'}robability, {r}, [" + ", ".join(str(round(n.item(), 6)) for n in numbers) + "]),")
/// ```
#[rustfmt::skip]
pub const TABLE: &[Line] = &[
    (Linear, [false, false], Probability, Some(1), [6.785394, 7.133099, 4.129441, -0.410066, 0.452003]),
    (Linear, [true, false], Probability, Some(1), [6.504036, 7.133099, 4.069056, 0.462196, 0.452003]),
    (Linear, [true, false], Probability, Some(2), [6.438531, 7.133099, 4.003709, 0.452294, 0.452003]),
    (Linear, [true, false], Probability, Some(3), [6.438531, 7.133099, 4.003709, 0.452294, 0.452003]),
    (Linear, [true, false], Probability, None, [6.460731, 7.133099, 4.005715, 0.363874, 0.452003]),
    (Linear, [true, false], LogProbability, Some(1), [6.504036, 7.133099, 4.069056, 0.462196, 0.452003]),
    (Linear, [true, false], LogProbability, Some(2), [11.213111, 7.133099, 4.666394, -1.333728, 0.452003]),
    (Linear, [true, false], LogProbability, Some(3), [11.213111, 7.133099, 4.666394, -1.333728, 0.452003]),
    (Linear, [false, true], Probability, Some(1), [6.785394, 7.264182, 4.388062, -0.410066, 0.550938]),
    (Linear, [false, true], Probability, Some(2), [6.785394, 7.197262, 4.454717, -0.410066, 2.376759]),
    (Linear, [false, true], Probability, Some(3), [6.785394, 7.197262, 4.454717, -0.410066, 2.376759]),
    (Linear, [false, true], Probability, None, [6.785394, 6.483353, 4.227776, -0.410066, -0.322221]),
    (Linear, [false, true], LogProbability, Some(1), [6.785394, 7.264182, 4.388062, -0.410066, 0.550938]),
    (Linear, [false, true], LogProbability, Some(2), [6.785394, 7.31158, 3.959959, -0.410066, 7.91444]),
    (Linear, [false, true], LogProbability, Some(3), [6.785394, 7.31158, 3.959959, -0.410066, 7.91444]),
    (Linear, [true, true], Probability, Some(1), [6.504036, 7.264182, 4.327676, 0.462196, 0.550938]),
    (Linear, [true, true], Probability, Some(2), [6.348539, 7.358569, 4.307537, 0.382972, 1.789367]),
    (Linear, [true, true], Probability, Some(3), [6.333725, 7.332845, 4.264461, 0.370771, 1.485229]),
    (Linear, [true, true], Probability, None, [6.460731, 6.483353, 4.10405, 0.363874, -0.322221]),
    (Linear, [true, true], LogProbability, Some(1), [6.504036, 7.264182, 4.327676, 0.462196, 0.550938]),
    (Linear, [true, true], LogProbability, Some(2), [10.234558, 7.844968, 4.524772, -1.340296, 5.513617]),
    (Linear, [true, true], LogProbability, Some(3), [9.977542, 8.433713, 4.6273, -1.397053, 5.238533]),
    (Hidden, [false, false], Probability, Some(1), [5.632985, 7.732554, 0.860251, -0.722769, 6.004649]),
    (Hidden, [true, false], Probability, Some(1), [4.981336, 7.732554, 0.544244, -0.641135, 6.004649]),
    (Hidden, [true, false], Probability, Some(2), [4.881158, 7.732554, 0.614855, -0.598935, 6.004649]),
    (Hidden, [true, false], Probability, Some(3), [4.881158, 7.732554, 0.614855, -0.598935, 6.004649]),
    (Hidden, [true, false], Probability, None, [6.037429, 7.732554, 0.40956, -2.310867, 6.004649]),
    (Hidden, [true, false], LogProbability, Some(1), [4.981336, 7.732554, 0.544244, -0.641135, 6.004649]),
    (Hidden, [true, false], LogProbability, Some(2), [5.492311, 7.732554, 0.381754, -1.610858, 6.004649]),
    (Hidden, [true, false], LogProbability, Some(3), [5.492311, 7.732554, 0.381754, -1.610858, 6.004649]),
    (Hidden, [false, true], Probability, Some(1), [5.632985, 8.797974, 1.905932, -0.722769, 5.680867]),
    (Hidden, [false, true], Probability, Some(2), [5.632985, 8.949717, 1.88805, -0.722769, 5.036949]),
    (Hidden, [false, true], Probability, Some(3), [5.632985, 8.949717, 1.88805, -0.722769, 5.036949]),
    (Hidden, [false, true], Probability, None, [5.632985, 9.389554, 0.227307, -0.722769, 5.168485]),
    (Hidden, [false, true], LogProbability, Some(1), [5.632985, 8.797974, 1.905932, -0.722769, 5.680867]),
    (Hidden, [false, true], LogProbability, Some(2), [5.632985, 8.935531, 0.856753, -0.722769, 5.942411]),
    (Hidden, [false, true], LogProbability, Some(3), [5.632985, 8.935531, 0.856753, -0.722769, 5.942411]),
    (Hidden, [true, true], Probability, Some(1), [4.981336, 8.797974, 1.589924, -0.641135, 5.680867]),
    (Hidden, [true, true], Probability, Some(2), [4.677883, 8.646195, 1.550446, -0.455948, 5.71122]),
    (Hidden, [true, true], Probability, Some(3), [4.690215, 8.532256, 1.564798, -0.456735, 6.048612]),
    (Hidden, [true, true], Probability, None, [6.037429, 9.389554, -0.223383, -2.310867, 5.168485]),
    (Hidden, [true, true], LogProbability, Some(1), [4.981336, 8.797974, 1.589924, -0.641135, 5.680867]),
    (Hidden, [true, true], LogProbability, Some(2), [5.435266, 8.68715, 0.028524, -1.741362, 5.320307]),
    (Hidden, [true, true], LogProbability, Some(3), [5.215631, 9.004122, 1.780997, -1.182988, 1.060444]),
    (Summed, [false, false], Probability, Some(1), [10.723122, 13.804695, 4.275188, -0.457335, -0.384232]),
    (Summed, [true, false], Probability, Some(1), [10.628424, 13.804695, 4.212794, 0.018767, -0.384232]),
    (Summed, [true, false], Probability, Some(2), [10.549016, 13.804695, 4.214499, 0.030592, -0.384232]),
    (Summed, [true, false], Probability, Some(3), [10.549016, 13.804695, 4.214499, 0.030592, -0.384232]),
    (Summed, [true, false], Probability, None, [10.168912, 13.804695, 4.144271, -0.091608, -0.384232]),
    (Summed, [true, false], LogProbability, Some(1), [10.628424, 13.804695, 4.212794, 0.018767, -0.384232]),
    (Summed, [true, false], LogProbability, Some(2), [27.853611, 13.804695, 5.387961, -18.035754, -0.384232]),
    (Summed, [true, false], LogProbability, Some(3), [27.853611, 13.804695, 5.387961, -18.035754, -0.384232]),
    (Summed, [false, true], Probability, Some(1), [10.723122, 13.516754, 3.39502, -0.457335, -0.490781]),
    (Summed, [false, true], Probability, Some(2), [10.723122, 13.399802, 3.565303, -0.457335, 0.480779]),
    (Summed, [false, true], Probability, Some(3), [10.723122, 13.399802, 3.565303, -0.457335, 0.480779]),
    (Summed, [false, true], Probability, None, [10.723122, 12.880471, 3.169746, -0.457335, -0.310786]),
    (Summed, [false, true], LogProbability, Some(1), [10.723122, 13.516754, 3.39502, -0.457335, -0.490781]),
    (Summed, [false, true], LogProbability, Some(2), [10.723122, 16.023195, 2.135004, -0.457335, 13.838663]),
    (Summed, [false, true], LogProbability, Some(3), [10.723122, 16.023195, 2.135004, -0.457335, 13.838663]),
    (Summed, [true, true], Probability, Some(1), [10.628424, 13.516754, 3.332626, 0.018767, -0.490781]),
    (Summed, [true, true], Probability, Some(2), [10.428687, 13.528564, 3.439187, 0.027379, -0.248252]),
    (Summed, [true, true], Probability, Some(3), [10.435683, 13.517524, 3.408515, 0.024857, -0.198781]),
    (Summed, [true, true], Probability, None, [10.168912, 12.880471, 3.038828, -0.091608, -0.310786]),
    (Summed, [true, true], LogProbability, Some(1), [10.628424, 13.516754, 3.332626, 0.018767, -0.490781]),
    (Summed, [true, true], LogProbability, Some(2), [28.532039, 16.469108, 3.096203, -19.349053, 10.553284]),
    (Summed, [true, true], LogProbability, Some(3), [27.011007, 25.566092, 1.399551, -18.893171, -10.720225]),
];
