import Library
import TestSupport
import Testing

/// Methods side by side.
@Suite struct ComparisonTests {
  private static func request(
    _ zoo: String, _ kind: TrainingRequest.Kind, _ methods: [ComparedMethod], seeds: Int = 2
  ) -> ComparisonRequest {
    var training = ColourZoo.request(zoo, kind, "", layers: ["first"])
    training.method = .best
    training.epochs = 4
    var request = ComparisonRequest(training: training, methods: methods, seeds: seeds)
    request.rate = 1e-2
    return request
  }

  @Test("a row for each method, a run for each seed, and differences from the best")
  func rows() throws {
    let folder = try TemporaryFolder()
    let zoo = try ColourZoo(strength: 0.25).write(to: folder, under: "zoo")
    let methods: [ComparedMethod] = [.ridge, .statNN, .probeX, .centredProbeX, .best]
    var request = Self.request(zoo, .choice, methods)
    request.training.seed = 5
    var (ticks, started) = (0.0, [String]())
    let report = try MethodComparison.run(
      request, options: ExampleLibrary.options,
      clock: {
        ticks += 1
        return ticks
      }, started: { started.append("\($0.rawValue) \($1)") })
    #expect(report.rows.map(\.method) == methods && report.layer == "first")
    #expect(started.count == 10 && started.prefix(2) == ["ridge 5", "ridge 6"])
    for row in report.rows {
      #expect(row.runs.map(\.seed) == [5, 6] && row.runs.allSatisfy { $0.seconds == 1 })
      #expect(row.runs.allSatisfy { Set($0.accuracy.keys) == ["val", "test"] })
      #expect((row.runs[0].calibrationError == nil) == (row.method == .ridge))
      guard row.method != .best else {
        #expect(row.differences.isEmpty)
        continue
      }
      let difference = try #require(row.differences.first)
      #expect(row.differences.count == 1 && difference.split == "test")
      #expect(difference.low <= difference.mean && difference.mean <= difference.high)
      func mean(_ row: ComparisonReport.Row?) -> Double {
        (row?.runs ?? []).reduce(0) { $0 + ($1.accuracy["test"] ?? 0) / 2 }
      }
      #expect(abs(difference.mean - (mean(row) - mean(report.rows.last))) < 1e-6)
    }
    #expect(
      try MethodComparison.run(request, options: ExampleLibrary.options).rows[2].runs
        .map(\.accuracy) == report.rows[2].runs.map(\.accuracy))
  }

  @Test("a run is what train makes with its seed")
  func likeTraining() throws {
    let folder = try TemporaryFolder()
    let zoo = try ColourZoo(strength: 0.25).write(to: folder, under: "zoo")
    let request = Self.request(zoo, .categories, [.probeX])
    let report = try MethodComparison.run(request, options: ExampleLibrary.options)
    #expect(report.rows[0].differences.isEmpty)
    for run in report.rows[0].runs {
      var training = request.training
      (training.method, training.seed, training.rate) = (.probeX, run.seed, 1e-2)
      training.output = try folder.file("expert.safetensors")
      let trained = try ExpertTraining.run(training, options: ExampleLibrary.options)
      let test = try #require(trained.splits.first { $0.split == "test" })
      #expect(run.accuracy["test"] == test.accuracy)
      #expect(run.calibrationError == test.calibrationError)
    }
  }

  @Test("held-out labels are resampled by label, candidates without a model left aside")
  func heldOut() throws {
    let folder = try TemporaryFolder()
    var zoo = ColourZoo(strength: 0.3)
    zoo.sizes.append(("val_holdout", 12))
    zoo.labels = { split, model in [ColourZoo.colours[split == "val_holdout" ? 3 : model % 3]] }
    let path = try zoo.write(to: folder, under: "zoo")
    let table = try ColourZoo.table(folder, to: "texts.safetensors")
    var request = Self.request(path, .text(tables: [table]), [.ridge, .probeX, .best], seeds: 1)
    request.candidates = ["red", "grey", "pink", "grey"]
    let report = try MethodComparison.run(request, options: ExampleLibrary.options)
    for row in report.rows.dropLast() {
      let difference = try #require(row.differences.first { $0.split == "val_holdout" })
      // One label, so that every resample is the same.
      #expect(abs(difference.low - difference.mean) < 1e-9)
      #expect(abs(difference.high - difference.mean) < 1e-9)
    }
    request.candidates = ["grey", "mauve"]
    var started = 0
    let unknown = #expect(throws: LibraryError.self) {
      try MethodComparison.run(
        request, options: ExampleLibrary.options, started: { _, _ in started += 1 })
    }
    #expect(unknown?.kind == .unknownLabel && unknown?.subject == "mauve" && started == 0)
  }

  @Test("candidates are for texts")
  func candidates() throws {
    let folder = try TemporaryFolder()
    let zoo = try ColourZoo().write(to: folder, under: "zoo")
    var request = Self.request(zoo, .choice, [.best])
    request.candidates = ["red"]
    let asked = request
    let error = #expect(throws: LibraryError.self) {
      try MethodComparison.run(asked, options: ExampleLibrary.options)
    }
    #expect(error?.kind == .invalidArgument && error?.subject == "candidates")
  }
}
