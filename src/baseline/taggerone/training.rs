//! Online learning of TaggerOne's weights: a sentence at a time, where it is labelled wrong.

use super::decode::{Decoder, GoldSegment, Prepared, Segment};
use super::linking::{Linked, Scratch};
use super::mira::{Constraint, multipliers};
use super::weights::Difference;

/// What is right of a sentence and what is wrong, with the loss of the wrong one.
struct Contrast {
    difference: Difference,
    loss: f64,
}

/// The changes of the weights that a sentence asks for, each a difference with its multiplier; none where its labelling is right.
pub fn changes(decoder: &Decoder, sentence: &Prepared, slack: f64, scratch: &mut Scratch) -> Vec<(Difference, f64)> {
    let predicted = decoder.decode(sentence, scratch, None);
    let contrasts = contrasts(decoder, sentence, &predicted, scratch);
    let constraints: Vec<Constraint> =
        contrasts.iter().map(|of| Constraint { ahead: decoder.weights.dot(&of.difference), loss: of.loss }).collect();
    let mut gram = vec![vec![0.0; contrasts.len()]; contrasts.len()];
    for (row, a) in contrasts.iter().enumerate() {
        for (column, b) in contrasts.iter().enumerate().take(row + 1) {
            let product = a.difference.dot(&b.difference);
            (gram[row][column], gram[column][row]) = (product, product);
        }
    }
    let steps = multipliers(&constraints, &gram, slack);
    contrasts.into_iter().map(|of| of.difference).zip(steps).filter(|(_, step)| *step > 0.0).collect()
}

/// Nothing where the labelling is right. Else the whole of what is annotated against the whole of what is predicted; each mention that is
/// missed, each that is too many, against what is annotated there; and for each annotated mention its best right name against the best
/// wrong one.
fn contrasts(decoder: &Decoder, sentence: &Prepared, predicted: &[Segment], scratch: &mut Scratch) -> Vec<Contrast> {
    let same = |gold: &GoldSegment, segment: &Segment| {
        (gold.start, gold.end, gold.entity_type) == (segment.start, segment.end, segment.entity_type)
    };
    let right_link = |gold: &GoldSegment, segment: &Segment| segment.linked.is_none_or(|linked| gold.entities.contains(&linked.entity));
    let gold = &sentence.gold;
    let right =
        predicted.len() == gold.len() && gold.iter().zip(predicted).all(|(gold, found)| same(gold, found) && right_link(gold, found));
    if right {
        return Vec::new();
    }
    let links: Vec<Option<Linked>> = gold
        .iter()
        .map(|of| {
            let vector = decoder.vector(sentence, of.start, of.end);
            (of.entity_type == decoder.linked_type).then(|| decoder.linking.best_of(decoder.weights, &vector, &of.entities))
        })
        .collect();
    let segments: Vec<Segment> = gold
        .iter()
        .zip(&links)
        .map(|(of, &linked)| Segment { start: of.start, end: of.end, entity_type: of.entity_type, linked })
        .collect();

    let mut contrasts = Vec::new();
    let mut whole = Contrast { difference: Difference::default(), loss: 0.0 };
    for segment in &segments {
        add(decoder, sentence, segment, 1.0, &mut whole.difference);
    }
    for segment in predicted {
        add(decoder, sentence, segment, -1.0, &mut whole.difference);
    }
    for (of, segment) in gold.iter().zip(&segments) {
        if predicted.iter().any(|found| same(of, found)) {
            continue;
        }
        let mut difference = Difference::default();
        add(decoder, sentence, segment, 1.0, &mut difference);
        contrasts.push(Contrast { difference, loss: 1.0 });
        whole.loss += 1.0;
    }
    for found in predicted {
        match gold.iter().find(|of| same(of, found)) {
            Some(of) => whole.loss += f64::from(u8::from(!right_link(of, found))),
            None => {
                let mut contrast = Contrast { difference: Difference::default(), loss: 1.0 };
                add(decoder, sentence, found, -1.0, &mut contrast.difference);
                for segment in segments.iter().filter(|of| of.start < found.end && found.start < of.end) {
                    add(decoder, sentence, segment, 1.0, &mut contrast.difference);
                    contrast.loss += 1.0;
                }
                contrasts.push(contrast);
                whole.loss += 1.0;
            }
        }
    }
    contrasts.push(whole);
    for (of, linked) in gold.iter().zip(&links) {
        let Some(linked) = linked else { continue };
        let vector = decoder.vector(sentence, of.start, of.end);
        let Some(wrong) = decoder.linking.best(decoder.weights, &vector, &of.entities, scratch) else { continue };
        let mut difference = Difference::default();
        difference.add_link(&vector, decoder.linking.name(linked.name), 1.0);
        difference.add_link(&vector, decoder.linking.name(wrong.name), -1.0);
        contrasts.push(Contrast { difference, loss: 1.0 });
    }
    contrasts
}

/// Adds the features of a segment with its link.
fn add(decoder: &Decoder, sentence: &Prepared, segment: &Segment, times: f64, to: &mut Difference) {
    for feature in decoder.numbers.segment(&sentence.features, segment.start, segment.end, decoder.longest) {
        *to.recognition.entry(decoder.at(feature, segment.entity_type)).or_default() += times;
    }
    if let Some(linked) = &segment.linked {
        let vector = decoder.vector(sentence, segment.start, segment.end);
        to.add_link(&vector, decoder.linking.name(linked.name), times);
    }
}
