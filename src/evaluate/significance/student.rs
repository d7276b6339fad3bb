//! Student's t distribution, with fractional degrees of freedom. Elementary functions are those of the `libm` crate, so that every
//! machine computes the same bits.

/// P(T <= t).
pub fn cdf(t: f64, degrees: f64) -> f64 {
    let tail = tail(t.abs(), degrees);
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// P(|T| >= |t|).
pub fn two_sided(t: f64, degrees: f64) -> f64 {
    (2.0 * tail(t.abs(), degrees)).min(1.0)
}

/// The t with P(T <= t) = `share`, for a share within (0, 1).
pub fn quantile(share: f64, degrees: f64) -> f64 {
    if share < 0.5 {
        return -quantile(1.0 - share, degrees);
    }
    let wanted = 1.0 - share;
    let mut high = 1.0;
    while tail(high, degrees) > wanted {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if tail(middle, degrees) > wanted { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// P(T >= t) for t >= 0: half the regularised incomplete beta function I_x(v/2, 1/2) with x = v / (v + t^2).
fn tail(t: f64, degrees: f64) -> f64 {
    if t.is_infinite() { 0.0 } else { incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t)) / 2.0 }
}

/// I_x(a, b) by its continued fraction (Abramowitz and Stegun 26.5.8, evaluated after Lentz), on the side where it converges fast.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let scale = libm::exp(libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x)) / a;
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..10_000 {
        let m = f64::from(step);
        for numerator in
            [m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)), -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))]
        {
            d = 1.0 / away_from_zero(1.0 + numerator * d);
            c = away_from_zero(1.0 + numerator / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    scale * fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    // from scipy.stats import t
    // for x, v in [(0, 3), (-1.5, 2.5), (2.776, 4), (0.3, 117.4), (12, 1), (9, 40)]: print(t.cdf(x, v), 2 * t.sf(abs(x), v))
    #[test]
    fn probabilities_are_those_of_scipy() {
        for (x, degrees, below, both) in [
            (0.0, 3.0, 0.5, 1.0),
            (-1.5, 2.5, 0.12391822654314809, 0.24783645308629618),
            (2.776, 4.0, 0.9749886108400118, 0.05002277831997642),
            (0.3, 117.4, 0.6176461534641278, 0.7647076930717444),
            (12.0, 1.0, 0.9735353239404101, 0.052929352119179755),
            (9.0, 40.0, 0.9999999999815992, 3.6801644717061835e-11),
        ] {
            assert!((cdf(x, degrees) - below).abs() < 1e-12, "{x} {degrees}: {}", cdf(x, degrees));
            assert!((two_sided(x, degrees) / both - 1.0).abs() < 1e-10, "{x} {degrees}: {:e}", two_sided(x, degrees));
        }
    }

    // for s, v in [(.975, 4), (.975, 2), (.95, 3.7), (.8, 10), (.025, 99), (.9995, 1)]: print(t.ppf(s, v))
    #[test]
    fn quantiles_are_those_of_scipy() {
        for ((share, degrees), expected) in [(0.975, 4.0), (0.975, 2.0), (0.95, 3.7), (0.8, 10.0), (0.025, 99.0), (0.9995, 1.0)]
            .into_iter()
            .zip([2.7764451051977934, 4.302652729749462, 2.1824938039146007, 0.8790578285505889, -1.9842169515864176, 636.6192487687897])
        {
            assert!((quantile(share, degrees) / expected - 1.0).abs() < 1e-10, "{share} {degrees}: {}", quantile(share, degrees));
        }
    }
}
