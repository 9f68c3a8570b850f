import Checkpoints
import Experts
import JSON

/// What came of a sweep over layers.
package struct SweepReport: Sendable, Equatable {
  /// One layer.
  package struct Row: Sendable, Equatable {
    package let layer: String
    /// The expert that reads it.
    package let path: String
    /// Accuracy by split name, as in the expert's file.
    package let accuracy: [String: Double]
    /// As `TrainingReport.zeroShot`.
    package let zeroShot: Double?
    /// Whether an earlier sweep had trained it.
    package let wasThere: Bool
  }

  /// Best on the validation models first; of equals the one that knows more about labels held out
  /// of training, then in the order of the models' files.
  package let rows: [Row]
  /// Layers that could not be learnt, each with its reason.
  package let failures: [(layer: String, error: LibraryError)]

  package static func == (left: SweepReport, right: SweepReport) -> Bool {
    left.rows == right.rows && left.failures.map(\.layer) == right.failures.map(\.layer)
      && left.failures.map(\.error) == right.failures.map(\.error)
  }
}

/// Trains an expert on every layer of a zoo to find out which says most.
package enum LayerSweep {
  /// Trains an expert of each layer that the models share, or of each that the request names, into
  /// `folder/LAYER.safetensors`. An expert of the same request that is there already is taken as it
  /// is, so that a sweep that was interrupted goes on where it was.
  ///
  /// - Parameters:
  ///   - request: its output is not looked at.
  ///   - folder: made where it does not exist, once the zoo has been read.
  ///   - started: called before each layer with its name, how many came before, and of how many.
  /// - Throws: `LibraryError` for the zoo, a cancelled run, or a folder that cannot be written to.
  package static func run(
    _ request: TrainingRequest, into folder: String, options: LibraryOptions,
    resources: TrainingResources = TrainingResources(),
    started: (String, Int, Int) -> Void = { _, _, _ in },
    step: (TrainingStep) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(LibraryError) -> SweepReport {
    try ExpertTraining.explained {
      let zoo = try ExpertTraining.zoo(request.zoo, options, step, isCancelled)
      if isCancelled() { throw TrainingInput.cancelled }
      let names =
        request.layers.isEmpty
        ? try TrainingInput.sharedLayers(zoo, atMost: nil)
        : unique(request.layers.map { LayerName.canonical($0) })
      try FolderFiles.makeWritable(folder)
      var rows: [SweepReport.Row] = []
      var failures: [(layer: String, error: LibraryError)] = []
      for (place, name) in names.enumerated() {
        started(name, place, names.count)
        var single = request
        single.layers = [name]
        single.output = folder + "/" + name.replacing("/", with: "_") + ".safetensors"
        do throws(LibraryError) {
          rows.append(try row(single, name, options, resources, step, isCancelled))
        } catch {
          // A layer of another shape in some models says nothing about the others; a full disk
          // does.
          guard error.kind != .cancelled, error.kind != .writeFailed else { throw error }
          failures.append((name, error))
        }
      }
      return SweepReport(rows: rows.sorted(by: isBetter), failures: failures)
    }
  }

  private static func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  private static func isBetter(_ left: SweepReport.Row, _ right: SweepReport.Row) -> Bool {
    let (a, b) = (left.accuracy["val"] ?? 0, right.accuracy["val"] ?? 0)
    return a == b ? (left.zeroShot ?? 0) > (right.zeroShot ?? 0) : a > b
  }

  private static func row(
    _ request: TrainingRequest, _ name: String, _ options: LibraryOptions,
    _ resources: TrainingResources,
    _ step: (TrainingStep) -> Void, _ isCancelled: () -> Bool
  ) throws(LibraryError) -> SweepReport.Row {
    if let known = earlier(request, options) {
      return row(name, request.output, known, wasThere: true)
    }
    _ = try ExpertTraining.run(
      request, options: options, resources: resources, step: step, isCancelled: isCancelled)
    guard let made = earlier(request, options) else {
      throw LibraryError(
        .malformedExpert, request.output, problem: "it was changed while the sweep went on.",
        remedy: "Start the sweep again.")
    }
    return row(name, request.output, made, wasThere: false)
  }

  private static func row(
    _ name: String, _ path: String, _ training: JSONObject, wasThere: Bool
  ) -> SweepReport.Row {
    var accuracy: [String: Double] = [:]
    for split in ZooSplit.allCases.map(\.rawValue) {
      accuracy[split] = training["accuracy"]?[split]?.double
    }
    return SweepReport.Row(
      layer: name, path: path, accuracy: accuracy, zeroShot: training["zero_shot"]?.double,
      wasThere: wasThere)
  }

  /// What the expert at the request's output says of its training, if it was trained by the same
  /// request.
  private static func earlier(_ request: TrainingRequest, _ options: LibraryOptions) -> JSONObject?
  {
    guard
      let expert = try? ExpertFile.read(request.output, limits: options.limits),
      let training = expert.facts.training, training["request"]?.string == request.digest
    else { return nil }
    return training
  }
}

extension TrainingRequest {
  /// A short name for everything that decides the expert: two requests with the same one, on the
  /// same files, train the same expert.
  var digest: String {
    var copy = self
    (copy.output, copy.threads) = ("", 1)
    var digest = ContentDigest()
    digest.add("\(copy)")
    return digest.hexadecimal
  }
}
