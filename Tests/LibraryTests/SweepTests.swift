import Foundation
import Library
import TestSupport
import Testing

/// One expert for each layer, ranked.
@Suite struct SweepTests {
  private static func sweep(
    _ zoo: String, _ folder: TemporaryFolder, layers: [String] = [], epochs: Int = 10
  ) throws -> SweepReport {
    var request = ColourZoo.request(zoo, .choice, "", layers: layers)
    request.epochs = epochs
    return try LayerSweep.run(
      request, into: folder.path + "/sweep", options: ExampleLibrary.options)
  }

  private static func bytes(_ report: SweepReport) throws -> [String: Data] {
    try report.rows.reduce(into: [:]) { files, row in
      files[row.layer] = try Data(contentsOf: URL(filePath: row.path))
    }
  }

  @Test("layers are ranked by the validation models, and each expert is one that train makes")
  func ranked() throws {
    let folder = try TemporaryFolder()
    let zoo = try ColourZoo(layers: ["first", "second", "third"], telling: ["second"])
      .write(to: folder, under: "zoo")
    let report = try Self.sweep(zoo, folder)
    #expect(report.rows.count == 3 && report.failures.isEmpty)
    #expect(report.rows.first?.layer == "second" && !report.rows.contains(where: \.wasThere))
    let values = report.rows.map { $0.accuracy["val"] ?? -1 }
    #expect(values == values.sorted(by: >) && values[0] > values[1] && values[2] >= 0)
    var single = ColourZoo.request(
      zoo, .choice, try folder.file("single.safetensors"), layers: ["second"])
    single.epochs = 10
    let trained = try ExpertTraining.run(single, options: ExampleLibrary.options)
    #expect(
      trained.splits.first { $0.split == "test" }?.accuracy == report.rows[0].accuracy["test"])
    #expect(
      try Data(contentsOf: URL(filePath: single.output)) == Self.bytes(report)["second"])
  }

  @Test("a second sweep takes what is there, trains what is missing or was asked differently")
  func resumed() throws {
    let folder = try TemporaryFolder()
    let zoo = try ColourZoo().write(to: folder, under: "zoo")
    let first = try Self.sweep(zoo, folder)
    let files = try Self.bytes(first)
    let second = try Self.sweep(zoo, folder)
    #expect(second.rows.map(\.layer) == first.rows.map(\.layer))
    #expect(second.rows.map(\.accuracy) == first.rows.map(\.accuracy))
    #expect(try second.rows.allSatisfy(\.wasThere) && Self.bytes(second) == files)

    try FileManager.default.removeItem(atPath: first.rows[0].path)
    try Data([1, 2, 3]).write(to: URL(filePath: first.rows[1].path))
    let third = try Self.sweep(zoo, folder)
    #expect(try !third.rows.contains(where: \.wasThere) && Self.bytes(third) == files)

    let other = try Self.sweep(zoo, folder, layers: ["first", "model.first"], epochs: 11)
    #expect(other.rows.map(\.layer) == ["first"] && other.rows[0].wasThere == false)
    #expect(try Self.bytes(other)["first"] != files["first"])
  }

  @Test("a layer that cannot be learnt is named, and the others are")
  func failures() throws {
    let folder = try TemporaryFolder()
    let zoo = try ColourZoo().write(to: folder, under: "zoo")
    let report = try Self.sweep(zoo, folder, layers: ["no.such", "first"])
    #expect(report.rows.map(\.layer) == ["first"])
    #expect(report.failures.map(\.layer) == ["no.such"])
    #expect(report.failures[0].error.problem.contains("no layer"))
  }

  @Test("a zoo that is not there leaves no folder; a folder that cannot be made is said")
  func refused() throws {
    let folder = try TemporaryFolder()
    let nothing = #expect(throws: LibraryError.self) {
      try Self.sweep(folder.path + "/nowhere", folder)
    }
    #expect(nothing?.kind == .unreadableFile)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/sweep"))
    let zoo = try ColourZoo().write(to: folder, under: "zoo")
    _ = try folder.write([1], to: "sweep")
    let taken = #expect(throws: LibraryError.self) { try Self.sweep(zoo, folder) }
    #expect(taken?.kind == .writeFailed)
  }
}
