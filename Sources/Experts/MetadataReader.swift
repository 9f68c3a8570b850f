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

  /// The members of a list of `{"name", "rows", "columns"}`, each with what else it says; one that
  /// says nothing is a ProbeX with the given scale.
  func readings(
    _ name: String, inputScale: Float
  ) throws(ExpertError) -> [ExpertFacts.Reading] {
    guard let layers = try json(name, try string(name)).array, !layers.isEmpty else {
      throw wrong(name, "is no JSON list of at least one layer")
    }
    var readings: [ExpertFacts.Reading] = []
    for entry in layers {
      guard let layer = entry["name"]?.string, !layer.isEmpty,
        let rows = entry["rows"]?.integer.flatMap({ Int(exactly: $0) }), rows > 0,
        let columns = entry["columns"]?.integer.flatMap({ Int(exactly: $0) }), columns > 0
      else {
        throw wrong(name, "has no layer with name, rows and columns")
      }
      let shape = ExpertFacts.LayerShape(name: layer, rows: rows, columns: columns)
      readings.append(
        entry["network"] == nil && layers.count == 1
          ? ExpertFacts.Reading(layer: shape, inputScale: inputScale)
          : try reading(name, entry, shape))
    }
    return readings
  }

  private func reading(
    _ name: String, _ entry: JSONValue, _ shape: ExpertFacts.LayerShape
  ) throws(ExpertError) -> ExpertFacts.Reading {
    guard let network = entry["network"]?.string.flatMap(NetworkKind.init(rawValue:)) else {
      throw wrong(name, "has a layer whose network this probexd does not know")
    }
    guard let scale = entry["input_scale"]?.string.flatMap({ Float($0) }), scale.isFinite,
      scale != 0, let weight = entry["weight"]?.string.flatMap({ Float($0) }), weight.isFinite,
      weight > 0, let isNormalised = entry["normalised"]?.bool,
      let isCentred = entry["centred"]?.bool
    else {
      throw wrong(name, "has a layer without proper input_scale, normalised, centred and weight")
    }
    return ExpertFacts.Reading(
      layer: shape, network: network, inputScale: scale, isNormalised: isNormalised,
      isCentred: isCentred, weight: weight)
  }

  func optionalObject(_ name: String) throws(ExpertError) -> JSONObject? {
    guard let text = optionalString(name) else { return nil }
    guard let object = try json(name, text).object else { throw wrong(name, "is no JSON object") }
    return object
  }
}
