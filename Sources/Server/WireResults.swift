import JSON
import Library
import Messages
import Transport

// Results of the library as the wire shows them. Plain copies, member by member: neither side
// knows the other.

extension ChoiceEntry {
  init(_ choice: Choice) {
    self.init(
      reason: choice.reason, evidence: choice.evidence, declaredBases: choice.declaredBases,
      alternatives: choice.alternatives)
  }
}

extension ClassificationEntry {
  init(_ answer: Classification) {
    self.init(
      checkpoint: answer.checkpoint, path: answer.path, expert: answer.expert, kind: answer.kind,
      tree: answer.tree, layer: answer.layer, layers: answer.layers, table: answer.table,
      labels: answer.labels.map {
        Label(
          label: $0.label, score: $0.score, probability: $0.probability, logit: $0.logit,
          decision: $0.decision, unsure: $0.isUnsure)
      },
      threshold: answer.threshold,
      number: answer.number.map {
        Number(property: $0.property, value: $0.value, low: $0.low, high: $0.high)
      },
      abstains: answer.abstains, choice: ChoiceEntry(answer.choice), warnings: answer.warnings)
  }
}

extension BatchEntry {
  init(_ checkpoint: String, _ result: Result<Classification, LibraryError>) {
    switch result {
    case .success(let answer): self = .answer(ClassificationEntry(answer))
    case .failure(let error): self = .failure(checkpoint: checkpoint, error.wire)
    }
  }
}

extension EmbedMessage.Result {
  init(_ embedding: Embedding) {
    self.init(
      checkpoint: embedding.checkpoint, path: embedding.path, expert: embedding.expert,
      tree: embedding.tree, layer: embedding.layer, layers: embedding.layers,
      dimension: embedding.representation.count,
      representation: Base64Floats(embedding.representation), choice: ChoiceEntry(embedding.choice),
      warnings: embedding.warnings)
  }
}

extension InspectMessage.Result {
  init(_ inspection: Inspection) {
    self.init(
      checkpoint: inspection.checkpoint, path: inspection.path, format: inspection.format,
      files: inspection.files.map { File(path: $0.path, bytes: $0.bytes) },
      parameters: inspection.parameters,
      tensors: inspection.tensors.map { Tensor(name: $0.name, type: $0.type, shape: $0.shape) },
      layers: inspection.layers.map { layer in
        Layer(
          name: layer.name, rows: layer.rows, columns: layer.columns, type: layer.type,
          lora: layer.lora.map { LoRA(rank: $0.rank, alpha: $0.alpha, scale: $0.scale) })
      },
      declaredBases: inspection.declaredBases.map { Base(model: $0.model, source: $0.source) },
      metadata: .object(JSONObject(inspection.metadata.map { ($0.name, .string($0.value)) })),
      notes: inspection.notes)
  }
}

extension ExpertEntry {
  init(_ expert: ExpertDescription) {
    self.init(
      name: expert.name, kind: expert.kind, tree: expert.tree, bases: expert.bases,
      members: expert.members.map { member in
        Member(
          layer: Layer(name: member.layer, rows: member.rows, columns: member.columns),
          network: Network(
            type: member.network, probes: member.probes, projections: member.projections,
            representation: member.representation),
          share: member.share)
      },
      input: expert.input, answers: Answers(expert),
      calibration: expert.calibration.map {
        Calibration(slope: $0.slope, intercept: $0.intercept)
      },
      abstention: expert.abstention.map {
        Abstention(below: $0.below, errorRate: $0.errorRate)
      },
      training: expert.training, bytes: expert.bytes, path: expert.path)
  }
}

extension ExpertEntry.Answers {
  init(_ expert: ExpertDescription) {
    if let encoder = expert.encoder {
      self = .text(
        ExpertEntry.Encoder(
          name: encoder.name, prompt: encoder.prompt, normalised: encoder.normalised,
          dimension: encoder.dimension),
        table: expert.table, temperature: expert.temperature ?? 1)
    } else if let property = expert.property {
      self = .number(property: property.name, isLogarithmic: property.isLogarithmic)
    } else if let threshold = expert.threshold {
      self = .categories(labels: expert.labels ?? [], threshold: threshold)
    } else {
      self = .choice(labels: expert.labels ?? [])
    }
  }
}

extension TextsMessage.Result.Table {
  init(_ table: TableDescription) {
    self.init(
      name: table.name, labels: table.labels, dimension: table.dimension, encoder: table.encoder,
      prompt: table.prompt, normalised: table.normalised, bytes: table.bytes, path: table.path)
  }
}

extension StatusMessage.Result.Limits {
  /// The limits of a connection, and that of a checkpoint's header.
  init(_ limits: TransportLimits, header: Int) {
    self.init(
      message: limits.message, depth: limits.depth, batch: limits.batch, replies: limits.replies,
      header: header)
  }
}
