import Checkpoints
package import Tensors

/// Learns text experts of `DirectionReader`s in closed form.
///
/// Texts are projected into the representations, not representations into texts: the mean
/// representation of a label is known well, and its text is one noisy word for it. The projection
/// is a ridge regression that shrinks towards a multiple of the identity where representations and
/// embeddings are of one space, as with adapters of a text encoder, and towards zero otherwise.
package struct DirectionFit: Sendable {
  /// The settings of one way to read.
  package struct Choice: Sendable, Equatable {
    /// What is added to the spectrum before whitening, in units of its mean.
    package let floor: Double
    /// The penalty of the projection, in units of the mean squared length of the texts.
    package let penalty: Double
    /// Whether the projection shrinks towards a multiple of the identity.
    package let isAligned: Bool
  }

  /// A layer that the expert may read.
  package struct Candidate: Sendable {
    /// The training models' layers, in their order.
    package let training: [StoredLayer]
    /// The validation models'.
    package let validation: [StoredLayer]

    package init(training: [StoredLayer], validation: [StoredLayer]) {
      self.training = training
      self.validation = validation
    }
  }

  /// What each model is about, and the texts for it.
  package struct Labels: Sendable {
    /// The place of the label of each training model.
    package let training: [Int]
    package let validation: [Int]
    /// The labels' embeddings, `labels × d_text`.
    package let texts: Matrix

    package init(training: [Int], validation: [Int], texts: Matrix) {
      self.training = training
      self.validation = validation
      self.texts = texts
    }
  }

  /// What reads one of the candidates.
  package struct Member: Sendable {
    /// Its place among the candidates.
    package let candidate: Int
    /// Whole layers are read without the training models' mean.
    package let preparation: InputPreparation
    package let network: DirectionReader
    package let head: Linear
  }

  /// Best first.
  package let members: [Member]
  package let choice: Choice
  /// Share of right answers among labels that were held out of training in turn, a quarter at a
  /// time; `nil` where there are too few labels to hold any out.
  package let zeroShot: Double?
  /// The same for labels that were learnt, on validation models.
  package let seen: Double

  /// Chooses layers and settings by labels held out of training, then learns from all.
  ///
  /// - Parameters:
  ///   - generator: draws which labels are held out together.
  ///   - isCancelled: asked before each layer and each fold.
  /// - Throws: `TrainingError`: `cancelled`; `unusableData` where no layer tells models apart, no
  ///   text differs from the others, or a layer's numbers are too large to be squared.
  ///
  /// Cost: 33 passes over each candidate's training models; for each of twelve folds and two floors
  /// an eigendecomposition of the smaller of `d_H` and the number of training models.
  package init(
    _ candidates: [Candidate], _ labels: Labels, generator: inout RandomSource,
    isCancelled: () -> Bool = { false }
  ) throws(TrainingError) {
    precondition(!candidates.isEmpty, "there is a layer to read")
    let known = labels.texts.selectingRows(Array(Set(labels.training)).sorted())
    guard known.subtracting(known.columnMeans()).values.contains(where: { $0 != 0 }) else {
      throw TrainingError(
        .unusableData, "texts", problem: "all labels of the training models have one embedding.",
        remedy: "Give models of at least two labels, and a table that tells them apart.")
    }
    var readings: [DirectionReading] = []
    for candidate in candidates {
      if isCancelled() { throw InputPreparation.cancelled }
      readings.append(try DirectionReading(candidate, isCancelled))
    }
    var trial = DirectionTrial(readings, labels)
    for fold in DirectionTrial.folds(labels, generator: &generator) {
      if isCancelled() { throw InputPreparation.cancelled }
      trial.run(fold)
    }
    let verdict = trial.verdict
    (choice, zeroShot, seen) = (verdict.choice, verdict.zeroShot, verdict.seen)
    var members: [Member] = []
    let all = Array(Set(labels.training)).sorted()
    for place in verdict.candidates {
      let reading = readings[place]
      guard
        let space = WhitenedSpace(
          reading.training, labels.training, all, floor: verdict.choice.floor),
        let projection = TextProjection(
          space, labels.texts, all, penalty: verdict.choice.penalty,
          isAligned: verdict.choice.isAligned)
      else { continue }
      members.append(
        Member(
          candidate: place, preparation: reading.preparation,
          network: DirectionReader(direction: reading.direction, whitening: space.whitening),
          head: projection.head))
    }
    guard !members.isEmpty else {
      throw TrainingError(
        .unusableData, "layer", problem: "no layer of the training models tells them apart.",
        remedy: "Choose a layer that fine-tuning changed.")
    }
    self.members = members
  }
}
