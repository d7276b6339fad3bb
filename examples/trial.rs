use mermen::experiment::spec::*;
use mermen::train::*;
use std::path::Path;
struct P;
impl Progress for P {
    fn epoch(&mut self, _: &str, _: usize, _: usize, _: usize, _: usize, _: &str) {}
    fn say(&mut self, l: &str) {
        eprintln!("{l}");
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let spec: RunSpec = serde_yaml::from_str(&std::fs::read_to_string(&a[1]).unwrap()).unwrap();
    let d = Path::new(&a[2]);
    let corpus = mermen::registry::load_corpus(&spec.data.corpus, d).unwrap();
    let embedding = mermen::registry::embedding_source(&spec.embedding.name, d).unwrap();
    let run = mermen::nn::Runtime::cpu(spec.train.threads);
    std::fs::create_dir_all(&a[3]).unwrap();
    match train_run(
        &run,
        &spec,
        Inputs { corpus, embedding, embedding_sha256: String::new() },
        Path::new(&a[3]),
        &mut P,
        &std::sync::atomic::AtomicBool::new(false),
    )
    .unwrap()
    {
        Outcome::Done(r, m) => {
            let (d, t) = (r.dev.unwrap(), r.test.unwrap());
            println!(
                "dev {:.4} {:.4} test {:.4} {:.4} tok/s {:.0} train {:.1}s eval {:.1}s",
                d.mention.kit.f1(),
                d.concept.kit.f1(),
                t.mention.kit.f1(),
                t.concept.kit.f1(),
                m.train_tokens_per_second,
                m.train_seconds,
                m.evaluate_seconds
            );
        }
        _ => {}
    }
}
