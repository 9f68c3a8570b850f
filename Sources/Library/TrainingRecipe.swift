import Checkpoints
import Experts
import Tensors

/// A member as training leaves it.
struct TrainedMember {
  let reading: ExpertFacts.Reading
  let member: ExpertMember
  /// Under the names of an only member.
  let tensors: [SafetensorsWriter.Tensor]
  /// The epoch whose network was kept; `nil` where none was trained by descent.
  let bestEpoch: Int?
  /// What the network's cosines were divided by.
  var temperature: Float = 1
}

/// What the method of a request makes of the models.
struct TrainingRecipe {
  let request: TrainingRequest
  let plan: TrainingPlan
  let records: [LayerRecord]
  let checkpoints: TrainingCheckpoints
  let step: (TrainingStep) -> Void
  let isCancelled: () -> Bool

  /// Trains every member; `zeroShot` is what the method knows about labels it did not see.
  func members() throws -> (members: [TrainedMember], zeroShot: Double?) {
    var generator = RandomSource(seed: request.seed)
    switch (request.method, request.kind) {
    case (.best, .text): return try directions(&generator)
    case (.best, _): return ([try logGram()], nil)
    default:
      return (
        try records.indices.map { try network(layer: $0, &generator) }, nil
      )
    }
  }

  // MARK: - Closed form

  /// The layer whose regression errs least on models that it did not see. Layers that cannot be
  /// learnt from, as those that stayed frozen, are passed over while there is another.
  private func logGram() throws -> TrainedMember {
    let models = plan.models(.train)
    let targets = plan.targets(models)
    let wanted = targets.matrix(outputs: plan.labels.count)
    var settings = LogGramFit.Settings()
    switch plan.task {
    case .choice, .number: settings.sizeWeights = [0, 1, 10]
    default: break
    }
    var best: (layer: Int, fit: LogGramFit)?
    var obstacle: TrainingError?
    for (place, record) in records.enumerated() {
      step(.fitting(layer: record.name, place + 1, of: records.count))
      let split = plan.split(.train, layer: place)
      switch Result(catching: { () throws(TrainingError) in
        try LogGramFit(split.layers, targets: wanted, settings, isCancelled: isCancelled)
      }) {
      case .success(let fit):
        if best.map({ fit.error < $0.fit.error }) ?? true { best = (place, fit) }
      case .failure(let error) where error.kind == .unusableData:
        obstacle = obstacle ?? error
      case .failure(let error): throw error
      }
    }
    guard let (layer, fit) = best else {
      if let obstacle { throw obstacle }
      preconditionFailure("a zoo has layers")
    }
    let head = fit.head(for: targets)
    return member(
      records[layer], fit.network, fit.preparation, head, tensors: fit.network.published)
  }

  private func directions(
    _ generator: inout RandomSource
  ) throws -> (members: [TrainedMember], zeroShot: Double?) {
    guard case .text(let texts, _) = plan.task else { preconditionFailure("a text task") }
    let candidates = records.indices.map { place in
      DirectionFit.Candidate(
        training: plan.split(.train, layer: place).layers,
        validation: plan.split(.validation, layer: place).layers)
    }
    step(.fitting(layer: records[0].name, 0, of: records.count))
    let fit = try DirectionFit(
      candidates,
      DirectionFit.Labels(
        training: plan.targets(plan.models(.train)).places,
        validation: plan.targets(plan.models(.validation)).places, texts: texts),
      generator: &generator, isCancelled: isCancelled)
    step(.fitting(layer: records[0].name, records.count, of: records.count))
    return (
      fit.members.map { found in
        member(
          records[found.candidate], found.network, found.preparation, found.head,
          tensors: found.network.published)
      }, fit.zeroShot
    )
  }

  private func member(
    _ record: LayerRecord, _ network: any LayerNetwork, _ preparation: InputPreparation,
    _ head: Linear, tensors: [SafetensorsWriter.Tensor]
  ) -> TrainedMember {
    let member = ExpertMember(preparation: preparation, network: network, head: head)
    return TrainedMember(
      reading: reading(record, network.kind, preparation), member: member,
      tensors: tensors + member.tensorsBesideNetwork(isText: plan.task.isText), bestEpoch: nil)
  }

  private func reading(
    _ record: LayerRecord, _ kind: NetworkKind, _ preparation: InputPreparation
  ) -> ExpertFacts.Reading {
    ExpertFacts.Reading(
      layer: ExpertFacts.LayerShape(
        name: record.name, rows: record.rows, columns: record.columns),
      network: kind, inputScale: preparation.scale, isNormalised: preparation.isNormalised,
      isCentred: preparation.centre != nil)
  }

  // MARK: - Networks

  private func network(
    layer: Int, _ generator: inout RandomSource
  ) throws -> TrainedMember {
    let record = records[layer]
    let training = plan.split(.train, layer: layer)
    let preparation = try preparation(training.layers)
    let start = TrainableNetwork(
      try design(record, training.layers, preparation), plan.task, preparation: preparation,
      generator: &generator)
    let settings = TrainingSettings(
      epochs: request.epochs, batch: request.batch, seed: request.seed,
      adam: Adam.Settings(
        rate: Float(request.rate), weightDecay: Float(request.weightDecay)),
      threads: request.threads, patience: request.patience)
    let result = try checkpoints.train(
      consume start, on: training, validation: plan.split(.validation, layer: layer), settings,
      generator: &generator,
      progress: { progress in
        step(
          .epoch(
            progress.epoch, of: progress.epochs, loss: progress.loss, accuracy: progress.accuracy,
            best: progress.bestAccuracy))
      }, isCancelled: isCancelled)
    return TrainedMember(
      reading: reading(record, result.network.design.kind, preparation),
      member: result.network.member,
      tensors: result.network.published, bestEpoch: result.bestEpoch,
      temperature: result.network.temperature)
  }

  private func preparation(_ layers: [StoredLayer]) throws -> InputPreparation {
    var (isScaled, scale): (Bool, Float) = (true, 1)
    if case .fixed(let factor) = request.inputScale { (isScaled, scale) = (false, Float(factor)) }
    return try InputPreparation.learnt(
      from: layers, isCentred: request.isCentred, isScaled: isScaled, scale: scale,
      isCancelled: isCancelled)
  }

  private func design(
    _ record: LayerRecord, _ layers: [StoredLayer], _ preparation: InputPreparation
  ) throws -> any NetworkDesign {
    let (rows, columns) = (record.rows, record.columns)
    switch request.method {
    case .best, .probeX:
      return ProbeXDesign(
        rows: rows, columns: columns, probes: request.probes, projections: request.probes,
        dimension: request.representation)
    case .mvProbe:
      return MVProbeDesign(
        rows: rows, columns: columns, probes: request.probes, projections: request.probes,
        dimension: request.representation)
    case .dense: return DenseDesign(rows: rows, columns: columns)
    case .statNN:
      return StatNNDesign(
        rows: rows, columns: columns, hidden: request.representation,
        dimension: request.representation,
        norm: StatisticsNorm(
          of: try layers.map { WeightStatistics(preparation.applied(try $0.layer)) }))
    }
  }
}
