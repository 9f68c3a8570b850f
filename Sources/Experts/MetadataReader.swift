import JSON

/// Takes header metadata apart, entry by entry, and says exactly which entry is wrong.
struct MetadataReader {
  let path: String
  let metadata: [(name: String, value: String)]

  /// The error for an entry that is there but wrong.
  func wrong(_ name: String, _ problem: String) -> ExpertError {
    ExpertError(
      path, problem: "its header metadata “\(name)” \(problem).",
      remedy: "Make the expert again with `probexd import`.")
  }

  func optionalString(_ name: String) -> String? {
    metadata.first { $0.name == name }?.value
  }

  func string(_ name: String) throws(ExpertError) -> String {
    guard let value = optionalString(name) else {
      throw ExpertError(
        path, problem: "its header metadata has no “\(name)”.",
        remedy: "Make the expert again with `probexd import`.")
    }
    return value
  }

  func number(_ name: String) throws(ExpertError) -> Float {
    guard let value = Float(try string(name)), value.isFinite else {
      throw wrong(name, "is no finite number")
    }
    return value
  }

  func count(_ name: String) throws(ExpertError) -> Int {
    guard let value = Int(try string(name)), value > 0 else {
      throw wrong(name, "is no positive integer")
    }
    return value
  }

  func bool(_ name: String) throws(ExpertError) -> Bool {
    switch try string(name) {
    case "true": true
    case "false": false
    default: throw wrong(name, "is neither true nor false")
    }
  }

  func choice<Choice>(_ name: String, _: Choice.Type) throws(ExpertError) -> Choice
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let value = Choice(rawValue: try string(name)) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw wrong(name, "is none of \(names)")
    }
    return value
  }

  private func json(_ name: String, _ text: String) throws(ExpertError) -> JSONValue {
    do {
      return try JSONValue.parse(text)
    } catch {
      throw wrong(name, "is no JSON text: \(error.problem)")
    }
  }

  func strings(_ name: String) throws(ExpertError) -> [String] {
    guard let array = try json(name, try string(name)).array else {
      throw wrong(name, "is no JSON list")
    }
    var result: [String] = []
    for element in array {
      guard let text = element.string else { throw wrong(name, "is no JSON list of strings") }
      result.append(text)
    }
    return result
  }

  /// A list of labels: at least one, none twice.
  func labels(_ name: String) throws(ExpertError) -> [String] {
    let labels = try strings(name)
    guard !labels.isEmpty else { throw wrong(name, "is empty") }
    guard Set(labels).count == labels.count else { throw wrong(name, "names a label twice") }
    return labels
  }

  /// The one layer of a list of `{"name", "rows", "columns"}`.
  func layer(_ name: String) throws(ExpertError) -> ExpertFacts.LayerShape {
    guard let layers = try json(name, try string(name)).array, layers.count == 1 else {
      throw wrong(name, "is no JSON list of exactly one layer")
    }
    guard let layer = layers[0]["name"]?.string, !layer.isEmpty,
      let rows = layers[0]["rows"]?.integer.flatMap({ Int(exactly: $0) }), rows > 0,
      let columns = layers[0]["columns"]?.integer.flatMap({ Int(exactly: $0) }), columns > 0
    else {
      throw wrong(name, "has no layer with name, rows and columns")
    }
    return ExpertFacts.LayerShape(name: layer, rows: rows, columns: columns)
  }

  func optionalObject(_ name: String) throws(ExpertError) -> JSONObject? {
    guard let text = optionalString(name) else { return nil }
    guard let object = try json(name, text).object else { throw wrong(name, "is no JSON object") }
    return object
  }
}
