import Checkpoints
import Experts
import TestSupport
import Testing

/// Tables that name models: CSV and JSON lines.
@Suite struct ZooLabelFileTests {
  private static func folder(_ table: String, _ name: String) throws -> (TemporaryFolder, String) {
    let folder = try TemporaryFolder()
    try ZooFixture.write(["a.safetensors", "b/c.safetensors", "d,\"e\".safetensors"], in: folder)
    return (folder, try folder.write(Array(table.utf8), to: name))
  }

  private static func text(_ zoo: Zoo) -> [String] {
    zoo.models.map { model in
      "\(model.name) \(model.split.rawValue) "
        + model.facts.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
    }
  }

  /// A table and the models that it gives; every fact is shown as it is.
  static let tables: [(table: String, models: [String])] = [
    (
      "path,split,topic,n\nb/c.safetensors,val,dog,1\na.safetensors,train,\"x, \"\"y\"\"\",\n",
      ["a.safetensors train topic=x, \"y\";n=", "b/c.safetensors val topic=dog;n=1"]
    ),
    (
      "\u{FEFF}topic,path,split\r\n\"two\r\nlines\",\"d,\"\"e\"\".safetensors\",test\r\n\r\n",
      ["d,\"e\".safetensors test topic=two\r\nlines"]
    ),
    ("path,split\nb,train", ["b train label=b/c.safetensors"]),
    (
      #"{"path":"a.safetensors","split":"test_holdout","topics":["a","b"],"lr":0.5,"x":null}"#
        + "\n\n" + #"{"split":"train","path":"./b/../b","topics":"['c']"}"# + "\r\n",
      [
        "./b/../b train topics=['c']", "a.safetensors test_holdout topics=[\"a\",\"b\"];lr=0.5",
      ]
    ),
  ]

  @Test("CSV and JSON lines name models, splits and facts", arguments: tables)
  func reads(_ row: (table: String, models: [String])) throws {
    let (folder, path) = try Self.folder(row.table, "labels.txt")
    let zoo = try Zoo.read(labelFile: path, hub: ZooFixture.hub)
    #expect(Self.text(zoo) == row.models)
    #expect(zoo.path == path && path.hasPrefix(folder.path))
  }

  @Test("without a split the path gives it, and a missing model is reported")
  func unassigned() throws {
    let (folder, path) = try Self.folder(
      "path,y\na.safetensors,1\nnone.safetensors,2\n", "labels.csv")
    let zoo = try Zoo.read(labelFile: path, brokenLimit: 0.5, hub: ZooFixture.hub)
    #expect(zoo.models.map(\.name) == ["a.safetensors"])
    #expect(zoo.problems.map(\.path) == ["none.safetensors"])
    let error = ZooFixture.error { () throws(ZooError) in
      try Zoo.read(labelFile: path, hub: ZooFixture.hub)
    }
    #expect(error?.kind == .tooManyBroken)
    #expect(error?.problem.contains("\(folder.path)/none.safetensors") == true)
  }

  static let faults: [(table: String, line: Int, says: String)] = [
    ("", 1, "empty"), ("a,b\n", 1, "“path”"), ("path;y\na;1\n", 1, "“path”"),
    ("path,y,y\n", 1, "the same"), ("path,\na,1\n", 1, "no name"),
    ("path,y\na\n", 2, "2 columns, this one 1"), ("path,y\na,1,2\n", 2, "this one 3"),
    ("path,y\n\n,1\n", 3, "no path"), ("path,y\na,1\na,2\n", 3, "line 2 already"),
    ("path,split\na,train\nb,dev\n", 3, "“dev” is none of train, val"),
    ("path,split\na,train\nb,\n", 3, "no split"), ("path,y\na,\"b\n\n", 2, "does not end"),
    ("path,y\na,\"b\"c\n", 2, "closing quote"), ("path,y\na,b\"c\n", 2, "not in quotes"),
    ("path,y\n\"a\nb\",1\nc\n", 4, "this one 1"),
    ("{\"path\":\"a\"}\n{\"path\":\n", 2, "no JSON object"), ("{\"x\":1}", 1, "no path"),
    ("{\"path\":1}", 1, "“path” is no string"), ("{\"path\":\"a\"}\n[1]\n", 2, "no object"),
  ]

  @Test("a fault is named with its line", arguments: faults)
  func broken(_ row: (table: String, line: Int, says: String)) throws {
    let (folder, path) = try Self.folder(row.table, "labels.csv")
    let error = ZooFixture.error { () throws(ZooError) in
      try Zoo.read(labelFile: path, hub: ZooFixture.hub)
    }
    #expect(error?.kind == .badLabelFile)
    #expect(error?.subject == "\(folder.path)/labels.csv, line \(row.line)")
    #expect(error?.problem.contains(row.says) == true, "\(error?.description ?? "read")")
  }

  @Test("bytes that are no UTF-8, no rows, no file")
  func others() throws {
    let folder = try TemporaryFolder()
    let rows: [(bytes: [UInt8]?, kind: ZooError.Kind)] = [
      (Array("path,y\na,".utf8) + [0xFF], .badLabelFile), (Array("path,y\n".utf8), .noModels),
      (nil, .unreadable),
    ]
    for (index, row) in rows.enumerated() {
      var path = folder.path + "/\(index)"
      if let bytes = row.bytes { path = try folder.write(bytes, to: "\(index)") }
      let error = ZooFixture.error { () throws(ZooError) in
        try Zoo.read(labelFile: path, hub: ZooFixture.hub)
      }
      #expect(error?.kind == row.kind)
    }
  }

  @Test("what Python's csv writes is read back", ZooFixture.hasPython)
  func pythonWrites() throws {
    let folder = try TemporaryFolder()
    let labels = ["a", "a,b", "\"", "\"a\"", "x\ny", "x\r\ny", " z ", "é", "", ",", "\n", "'"]
    let script = #"""
      import csv
      rows = list(lines)
      out = io.StringIO()
      writer = csv.writer(out)
      writer.writerow(["path", "split", "y"])
      for number, row in enumerate(rows):
          writer.writerow([f"m{number:02}.safetensors", "train", row])
      answer([out.getvalue()])
      for _ in rows[1:]: answer([])

      """#
    let answers = try ZooFixture.ask(script, labels)
    let table = try #require(answers.first??.first)
    try ZooFixture.write(
      labels.indices.map { ($0 < 10 ? "m0" : "m") + "\($0).safetensors" }, in: folder)
    let path = try folder.write(Array(table.utf8), to: "labels.csv")
    let zoo = try Zoo.read(labelFile: path, hub: ZooFixture.hub)
    #expect(zoo.models.map { $0.facts.map(\.value) } == labels.map { [$0] })
  }
}
