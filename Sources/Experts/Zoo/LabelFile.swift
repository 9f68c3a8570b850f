import Checkpoints
import JSON

/// A table that says which models there are and what is known of them: CSV (RFC 4180) with a header
/// line, or JSON lines. It is checked completely before any model is opened.
struct LabelFile {
  /// The models, by split, then by the bytes of the path.
  let places: [ZooLayout.Place]

  /// The greatest file read, in bytes: a million rows fit.
  static let limit = 256 << 20

  private typealias Row = (line: Int, columns: [(name: String, value: String)])

  /// - Throws: `.badLabelFile` naming the line; `.unreadable`.
  init(_ path: String) throws(ZooError) {
    var text: [UInt8]
    do throws(CheckpointError) {
      text = try FolderFiles.contents(of: path, limit: Self.limit)
    } catch {
      throw .unreadable(error)
    }
    // The mark that spreadsheets put before UTF-8.
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    let first = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let rows: [Row]
    do throws(DelimitedText.Fault) {
      rows = first == UInt8(ascii: "{") ? try Self.objects(text) : try Self.table(text)
      places = try Self.places(rows, folder: Self.folder(of: path))
    } catch {
      throw ZooError(
        .badLabelFile, "\(path), line \(error.line)", problem: error.problem + ".",
        remedy: "Write CSV with the header line “path,label” (and perhaps split and more columns), "
          + "or one JSON object with “path” per line.")
    }
  }

  private static func table(_ text: [UInt8]) throws(DelimitedText.Fault) -> [Row] {
    let records = try DelimitedText.records(text)
    guard let header = records.first else {
      throw DelimitedText.Fault(line: 1, problem: "the file is empty")
    }
    let names = header.fields
    guard !names.contains(""), Set(names).count == names.count else {
      throw DelimitedText.Fault(
        line: header.line, problem: "a column has no name, or two have the same")
    }
    guard names.contains("path") else {
      throw DelimitedText.Fault(line: header.line, problem: "no column between commas is “path”")
    }
    var rows: [Row] = []
    for record in records.dropFirst() {
      guard record.fields.count == names.count else {
        throw DelimitedText.Fault(
          line: record.line,
          problem: "the header line has \(names.count) columns, this one \(record.fields.count)")
      }
      rows.append((record.line, zip(names, record.fields).map { (name: $0, value: $1) }))
    }
    return rows
  }

  private static func objects(_ text: [UInt8]) throws(DelimitedText.Fault) -> [Row] {
    var rows: [Row] = []
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { continue }
      func fault(_ problem: String) -> DelimitedText.Fault {
        DelimitedText.Fault(line: index + 1, problem: problem)
      }
      let object: JSONObject
      do throws(JSONError) {
        guard let members = try JSONValue.parse(line).object else {
          throw JSONError(.syntax, "it is no object")
        }
        object = members
      } catch {
        throw fault("it is no JSON object: \(error.problem)")
      }
      var columns: [(name: String, value: String)] = []
      for (name, value) in object.members where !value.isNull {
        if let text = value.string {
          columns.append((name, text))
        } else if name != "path", name != "split", let bytes = try? value.serialized() {
          // Lists stay JSON texts, as they would stand in a header.
          columns.append((name, String(decoding: bytes, as: UTF8.self)))
        } else {
          throw fault("“\(name)” is no string")
        }
      }
      rows.append((index + 1, columns))
    }
    return rows
  }

  private static func places(
    _ rows: [Row], folder: String
  ) throws(DelimitedText.Fault) -> [ZooLayout.Place] {
    func value(_ name: String, _ row: Row) -> String? {
      row.columns.first { $0.name == name && !$0.value.isEmpty }?.value
    }
    // A row that was forgotten must not slip into training by its hash.
    let isSplit = rows.contains { value("split", $0) != nil }
    let hasFacts = rows.contains { $0.columns.contains { !["path", "split"].contains($0.name) } }
    var firstLines: [[UInt8]: Int] = [:]
    var places: [ZooLayout.Place] = []
    for row in rows {
      guard let path = value("path", row) else {
        throw DelimitedText.Fault(line: row.line, problem: "it has no path")
      }
      if let first = firstLines.updateValue(row.line, forKey: Array(path.utf8)) {
        throw DelimitedText.Fault(
          line: row.line, problem: "“\(path)” stands in line \(first) already")
      }
      let word = value("split", row)
      guard let split = isSplit ? word.flatMap(ZooSplit.init(rawValue:)) : .ofName(path) else {
        let all = ZooSplit.allCases.map(\.rawValue).joined(separator: ", ")
        throw DelimitedText.Fault(
          line: row.line,
          problem: word.map { "the split “\($0)” is none of \(all)" }
            ?? "it has no split, but other lines have")
      }
      let facts = row.columns.filter { !["path", "split"].contains($0.name) }
      places.append(
        ZooLayout.Place(
          name: path, target: path, directory: folder, split: split, facts: hasFacts ? facts : nil))
    }
    return places.inOrder
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
