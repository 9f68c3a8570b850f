/// What is asked about a checkpoint. Everything is optional; what is absent the library chooses.
package struct ClassifyOptions: Sendable, Equatable {
  /// Name of the expert to ask.
  package var expert: String?
  /// Name of the text table to answer over; text experts only.
  package var table: String?
  /// The only labels to answer about: some of the table's, or of the category expert's.
  package var labels: [String]?
  /// At most so many labels, best first; at least 1.
  package var top: Int?
  /// The probability above which a category is a yes, 0…1; category experts only.
  package var threshold: Double?

  package init(
    expert: String? = nil, table: String? = nil, labels: [String]? = nil, top: Int? = nil,
    threshold: Double? = nil
  ) {
    self.expert = expert
    self.table = table
    self.labels = labels
    self.top = top
    self.threshold = threshold
  }
}

/// What one expert says about one checkpoint.
package struct Classification: Sendable, Equatable {
  /// One label with what speaks for it.
  package struct Label: Sendable, Equatable {
    package let label: String
    /// What labels are ordered by: the probability of a category, the cosine with a text.
    package let score: Float
    /// Categories: the answer to a yes/no question of its own. Texts: the share among the texts
    /// that were asked about, summing to 1.
    package let probability: Float
    /// Categories only: the number whose sigmoid the probability is.
    package let logit: Float?
    /// Categories only: whether the probability exceeds the threshold.
    package let decision: Bool?
    /// Categories of an expert that abstains only: whether the decision lies within what it calls
    /// unsure.
    package let isUnsure: Bool?
  }

  /// What a number expert answers with.
  package struct Number: Sendable, Equatable {
    /// What the number is, as the training models called it.
    package let property: String
    /// The answer.
    package let value: Double
    /// One root mean square error of the validation models below and above.
    package let low: Double
    package let high: Double
  }

  /// Name of the checkpoint as it was asked about.
  package let checkpoint: String
  /// The file or folder that the name led to.
  package let path: String
  /// Name of the expert that answered.
  package let expert: String
  /// `categories`, `text`, `choice` or `number`.
  package let kind: String
  /// The expert's Model Tree.
  package let tree: String
  /// The layer that was read; of several the first.
  package let layer: String
  /// Every layer that was read, each once.
  package let layers: [String]
  /// Text experts: the table that the labels come from.
  package let table: String?
  /// Best first; of equal scores the earlier label of the expert or table first.
  package let labels: [Label]
  /// Category experts: the threshold of the decisions.
  package let threshold: Double?
  /// Number experts only; they have no labels.
  package let number: Number?
  /// Text and choice experts that abstain: whether the best label is too unsure to be believed.
  package let abstains: Bool?
  package let choice: Choice
  /// What the user should know before believing the answer, whole sentences.
  package let warnings: [String]
}

/// How the expert was chosen.
package struct Choice: Sendable, Equatable {
  /// One sentence.
  package let reason: String
  /// `layer`, `shape`, `input`, `base`: each piece of evidence that holds.
  package let evidence: [String]
  /// The bases that the checkpoint declares.
  package let declaredBases: [String]
  /// Other experts that fit, best first.
  package let alternatives: [String]
}

/// What an expert makes of a checkpoint before any label is asked about.
package struct Embedding: Sendable, Equatable {
  package let checkpoint: String
  package let path: String
  package let expert: String
  /// Name of the Model Tree.
  package let tree: String
  /// The layer that it reads.
  package let layer: String
  /// Every layer that was read, each once.
  package let layers: [String]
  /// r_T numbers.
  package let representation: [Float]
  package let choice: Choice
  package let warnings: [String]
}
