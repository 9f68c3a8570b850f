import Checkpoints
import Experts
import JSON
import Tensors
import Texts

/// From a folder of labelled models to an expert's file.
package enum ExpertTraining {
  /// Trains an expert and writes it; the file appears complete or not at all.
  ///
  /// Same request, same bytes, on one machine, whatever the resources and wherever a run was
  /// interrupted. Layers are kept in memory, in 16 bits where their files have 16, as far as the
  /// resources allow.
  ///
  /// - Parameters:
  ///   - step: called as the work goes on.
  ///   - isCancelled: asked before each model and each batch.
  /// - Throws: `LibraryError` naming what is wrong with the models, the labels or the settings.
  package static func run(
    _ request: TrainingRequest, options: LibraryOptions,
    resources: TrainingResources = TrainingResources(), step: (TrainingStep) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws(LibraryError) -> TrainingReport {
    try explained {
      let input = try input(request, options, memory: resources.memory, step, isCancelled)
      let checkpoints = TrainingCheckpoints(resources.saving, output: request.output)
      let trained = try train(input, request, step, isCancelled, checkpoints: checkpoints)
      try ExpertFile.write(trained.expert.facts, trained.tensors, to: request.output)
      checkpoints.remove()
      return trained.report(path: request.output, skipped: input.skipped)
    }
  }

  /// Runs a body whose errors come from all floors below.
  static func explained<Value>(_ body: () throws -> Value) throws(LibraryError) -> Value {
    do {
      return try body()
    } catch let error as ZooError {
      throw LibraryError(
        error.kind == .unreadable ? .unreadableFile : .invalidArgument, error.subject,
        problem: error.problem, remedy: error.remedy)
    } catch let error as TrainingError {
      let kind: LibraryError.Kind =
        switch error.kind {
        case .cancelled: .cancelled
        case .unreadable: .changedWhileRead
        case .unusableData, .diverged, .badCheckpoint: .invalidArgument
        }
      throw LibraryError(kind, error.subject, problem: error.problem, remedy: error.remedy)
    } catch {
      throw LibraryError(error, malformed: .malformedTable)
    }
  }

  /// The models of a request with the layers that it names.
  static func input(
    _ request: TrainingRequest, _ options: LibraryOptions, memory: Int? = nil,
    _ step: (TrainingStep) -> Void, _ isCancelled: () -> Bool
  ) throws -> TrainingInput {
    let zoo = try zoo(request.zoo, options, step, isCancelled)
    if isCancelled() { throw TrainingInput.cancelled }
    let input = try TrainingInput(
      zoo, layers: request.layers, labelKey: request.labelKey, memory: memory, step: step,
      isCancelled: isCancelled)
    guard request.method == .best || !request.layers.isEmpty || input.records.count == 1 else {
      throw LibraryError(
        .invalidArgument, "layer",
        problem: "the models share \(input.records.count) layers: "
          + "\(Wording.list(input.records.map(\.name))).",
        remedy: "Name one with --layer; --sweep says which is best.")
    }
    return input
  }

  /// A zoo of a folder or a label file.
  static func zoo(
    _ path: String, _ options: LibraryOptions, _ step: (TrainingStep) -> Void,
    _ isCancelled: () -> Bool
  ) throws -> Zoo {
    let hub = HubCache(root: options.hubCache)
    let isLabelFile = [".csv", ".jsonl", ".ndjson"].contains { path.hasSuffix($0) }
    return isLabelFile
      ? try Zoo.read(
        labelFile: path, limits: options.limits, hub: hub, isCancelled: isCancelled,
        progress: { step(.zoo($0, of: $1)) })
      : try Zoo.read(
        path, limits: options.limits, hub: hub, isCancelled: isCancelled,
        progress: { step(.zoo($0, of: $1)) })
  }

  /// Trains every member, makes their common answer honest, and judges it.
  static func train(
    _ input: TrainingInput, _ request: TrainingRequest, _ step: (TrainingStep) -> Void,
    _ isCancelled: () -> Bool, checkpoints: TrainingCheckpoints = TrainingCheckpoints()
  ) throws -> TrainedExpert {
    let plan = try TrainingPlan(input, request)
    return try withoutActuallyEscaping(step) { step in
      try withoutActuallyEscaping(isCancelled) { isCancelled in
        let recipe = TrainingRecipe(
          request: request, plan: plan, records: input.records, checkpoints: checkpoints,
          step: step, isCancelled: isCancelled)
        let (members, zeroShot) = try recipe.members()
        return try TrainedExpert(members, zeroShot, plan, input, request)
      }
    }
  }
}
