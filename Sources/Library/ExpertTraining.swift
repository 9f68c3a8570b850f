import Checkpoints
import Experts
import JSON
import Tensors
import Texts

/// From a folder of labelled models to an expert's file.
package enum ExpertTraining {
  /// Trains an expert and writes it; the file appears complete or not at all.
  ///
  /// Same request, same bytes, on one machine. Layers are kept in memory, in 16 bits where their
  /// files have 16.
  ///
  /// - Parameters:
  ///   - step: called as the work goes on.
  ///   - isCancelled: asked before each model and each batch.
  /// - Throws: `LibraryError` naming what is wrong with the models, the labels or the settings.
  package static func run(
    _ request: TrainingRequest, options: LibraryOptions, step: (TrainingStep) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws(LibraryError) -> TrainingReport {
    do {
      let zoo = try zoo(request, options, step, isCancelled)
      if isCancelled() { throw TrainingInput.cancelled }
      let input = try TrainingInput(zoo, request, step: step, isCancelled: isCancelled)
      return try train(input, request, step, isCancelled)
    } catch let error as ZooError {
      throw LibraryError(
        .invalidArgument, error.subject, problem: error.problem, remedy: error.remedy)
    } catch let error as TrainingError {
      throw LibraryError(
        error.kind == .cancelled ? .cancelled : .invalidArgument, error.subject,
        problem: error.problem, remedy: error.remedy)
    } catch {
      throw LibraryError(error, malformed: .malformedTable)
    }
  }

  private static func zoo(
    _ request: TrainingRequest, _ options: LibraryOptions, _ step: (TrainingStep) -> Void,
    _ isCancelled: () -> Bool
  ) throws -> Zoo {
    let hub = HubCache(root: options.hubCache)
    let isLabelFile = [".csv", ".jsonl", ".ndjson"].contains { request.zoo.hasSuffix($0) }
    return isLabelFile
      ? try Zoo.read(
        labelFile: request.zoo, limits: options.limits, hub: hub, isCancelled: isCancelled,
        progress: { step(.zoo($0, of: $1)) })
      : try Zoo.read(
        request.zoo, limits: options.limits, hub: hub, isCancelled: isCancelled,
        progress: { step(.zoo($0, of: $1)) })
  }

  private static func train(
    _ input: TrainingInput, _ request: TrainingRequest, _ step: (TrainingStep) -> Void,
    _ isCancelled: () -> Bool
  ) throws -> TrainingReport {
    let labels = try input.trainingLabels()
    let plan = try TrainingPlan(input, request, labels)
    var generator = RandomSource(seed: request.seed)
    let start = TrainableNetwork(
      ProbeXDesign(
        rows: input.record.rows, columns: input.record.columns, probes: request.probes,
        projections: request.probes, dimension: request.representation),
      plan.task, generator: &generator)
    let settings = TrainingSettings(
      epochs: request.epochs, batch: request.batch, seed: request.seed,
      adam: Adam.Settings(
        rate: Float(request.rate), weightDecay: Float(request.weightDecay)),
      threads: request.threads)
    let result = try Trainer.train(
      start, on: plan.split(.train), validation: plan.split(.validation), settings,
      generator: &generator,
      progress: { progress in
        step(
          .epoch(
            progress.epoch, of: progress.epochs, loss: progress.loss, accuracy: progress.accuracy,
            best: progress.bestAccuracy))
      }, isCancelled: isCancelled)
    var models: [String: Int] = [:]
    var accuracy: [String: Double] = [:]
    for split in [ZooSplit.train, .validation, .test] {
      let data = plan.split(split)
      guard data.count > 0 else { continue }
      models[split.rawValue] = data.count
      accuracy[split.rawValue] = try Evaluator.accuracy(result.network, on: data)
    }
    let facts = plan.facts(training: training(request, models, accuracy, result.bestEpoch))
    try ExpertFile.write(facts, result.network.published, to: request.output)
    return TrainingReport(
      path: request.output, models: models, skipped: input.skipped, labels: labels.count,
      bestEpoch: result.bestEpoch, accuracy: accuracy)
  }

  /// What the expert's file says of its training; the same request gives the same text.
  private static func training(
    _ request: TrainingRequest, _ models: [String: Int], _ accuracy: [String: Double], _ best: Int
  ) -> JSONObject {
    let splits = [ZooSplit.train, .validation, .test].map(\.rawValue)
    return JSONObject([
      (
        "models",
        .object(
          JSONObject(
            splits.compactMap { split in
              models[split].map { (split, .integer(Int64($0))) }
            }))
      ),
      ("seed", .string(String(request.seed))), ("epochs", .integer(Int64(request.epochs))),
      ("epoch", .string(String(best))), ("batch", .integer(Int64(request.batch))),
      ("rate", .number(request.rate)), ("weight_decay", .number(request.weightDecay)),
      (
        "accuracy",
        .object(
          JSONObject(
            splits.compactMap { split in
              accuracy[split].map { (split, .number($0)) }
            }))
      ),
    ])
  }
}
