extension TrainMessage {
  /// The expert as the library serves it now, and how well it did.
  package struct Result: Encodable, Sendable {
    /// How right the expert is on models that were set apart for one purpose. What makes no sense
    /// for its kind is absent.
    package struct Split: Encodable, Sendable {
      /// `train`, `val` or `test`.
      package var split: String
      /// How many of its models were used.
      package var models: Int
      /// Categories: share of right yes/no answers. Texts and choices: of right first labels.
      /// Numbers: the coefficient of determination, R², at most 1.
      package var accuracy: Double
      /// Expected calibration error of the probabilities, 0…1.
      package var calibrationError: Double?
      /// Experts that abstain: the share of answers they give, and of wrong ones among those.
      package var answered: Double?
      package var errorAnswered: Double?
      /// Numbers: mean absolute error in their own unit, and Kendall's τ-b.
      package var absoluteError: Double?
      package var rankCorrelation: Double?

      /// A verdict on a split; the rest is set where it makes sense.
      package init(split: String, models: Int, accuracy: Double) {
        self.split = split
        self.models = models
        self.accuracy = accuracy
      }
    }

    /// One network of the expert.
    package struct Member: Encodable, Sendable {
      /// `probex`, `loggram`, ….
      package var network: String
      /// The layer that it reads.
      package var layer: String
      /// The epoch that was kept; absent for networks in closed form.
      package var bestEpoch: Int?

      package init(network: String, layer: String, bestEpoch: Int?) {
        self.network = network
        self.layer = layer
        self.bestEpoch = bestEpoch
      }
    }

    /// As in `probex/experts`.
    package var expert: ExpertEntry
    /// In the order `train`, `val`, `test`; those without models are left out.
    package var splits: [Split]
    /// Its networks, at least one.
    package var members: [Member]
    /// Text experts of the method `best`: share of right answers about labels that were held out
    /// of training, among those held out with them; absent otherwise.
    package var zeroShot: Double?
    /// Models that were left out, each with its reason; mostly empty.
    package var skipped: [String]

    package init(
      expert: ExpertEntry, splits: [Split], members: [Member], zeroShot: Double?,
      skipped: [String]
    ) {
      self.expert = expert
      self.splits = splits
      self.members = members
      self.zeroShot = zeroShot
      self.skipped = skipped
    }
  }
}
