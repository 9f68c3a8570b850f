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
      tree: answer.tree, layer: answer.layer, table: answer.table,
      labels: answer.labels.map {
        Label(
          label: $0.label, score: $0.score, probability: $0.probability, logit: $0.logit,
          decision: $0.decision)
      },
      threshold: answer.threshold, choice: ChoiceEntry(answer.choice), warnings: answer.warnings)
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
      tree: embedding.tree, layer: embedding.layer, dimension: embedding.representation.count,
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
    let answers: Answers =
      if let encoder = expert.encoder {
        .text(
          Encoder(
            name: encoder.name, prompt: encoder.prompt, normalised: encoder.normalised,
            dimension: encoder.dimension),
          table: expert.table, temperature: expert.temperature ?? 1)
      } else {
        .categories(labels: expert.labels ?? [], threshold: expert.threshold ?? 0.5)
      }
    self.init(
      name: expert.name, kind: expert.kind, tree: expert.tree, bases: expert.bases,
      layer: Layer(name: expert.layer, rows: expert.rows, columns: expert.columns),
      input: expert.input,
      network: Network(
        type: "probex", probes: expert.probes, projections: expert.projections,
        representation: expert.representation),
      answers: answers, training: expert.training, bytes: expert.bytes, path: expert.path)
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
