import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("LoRA adapters")
struct AdapterTests {
  private static let a = "base_model.model.encoder.a"

  /// An adapter of module `encoder.a` (3×4) and `encoder.b` (2×2) of the given rank.
  private static func weights(
    rank: Int = 2, metadata: [(name: String, value: String)] = []
  ) throws -> [UInt8] {
    try goodFile(
      [
        ("\(a).lora_A.weight", [rank, 4]), ("\(a).lora_B.weight", [3, rank]),
        ("base_model.model.encoder.b.lora_A.weight", [rank, 2]),
        ("base_model.model.encoder.b.lora_B.weight", [2, rank]),
      ], metadata: metadata)
  }

  /// Opens a folder with these weights and, unless nil, this configuration.
  private static func open(
    _ weights: [UInt8], _ config: String?, name: String = "adapter_model.safetensors"
  ) throws -> Checkpoint {
    let folder = try TemporaryFolder()
    _ = try folder.write(weights, to: name)
    if let config { _ = try folder.write(Array(config.utf8), to: "adapter_config.json") }
    let checkpoint = try Checkpoint.open(
      folder.path, relativeTo: "", hub: HubCache(root: "/nowhere"))
    // Read before the folder goes.
    for layer in checkpoint.layers { _ = try checkpoint.layer(layer) }
    return checkpoint
  }

  @Test(
    "the scale of each module, as PEFT computes it",
    arguments: [
      (#"{"r":2,"lora_alpha":8}"#, [4.0, 4.0]), (#"{"r":2,"lora_alpha":1}"#, [0.5, 0.5]),
      (#"{"peft_type":"LORA","r":2,"lora_alpha":0.5}"#, [0.25, 0.25]), (#"{"r":2}"#, [4, 4]),
      (#"{"r":2,"lora_alpha":0}"#, [0, 0]), (#"{"r":2,"lora_alpha":-2}"#, [-1, -1]),
      (#"{"r":2,"lora_alpha":null,"use_rslora":null}"#, [4, 4]),
      (#"{"r":2,"lora_alpha":2,"use_rslora":true}"#, [1.4142135623730951, 1.4142135623730951]),
      (#"{"r":2,"lora_alpha":2,"alpha_pattern":{"a":8}}"#, [4, 1]),
      (#"{"r":2,"lora_alpha":2,"alpha_pattern":{"encoder.b":8,"b":6}}"#, [1, 4]),
      (#"{"r":2,"lora_alpha":2,"alpha_pattern":{"^a":8,"^encoder\\.b$":8}}"#, [1, 4]),
      (#"{"r":2,"lora_alpha":2,"alpha_pattern":{".*(a|x)":8}}"#, [4, 1]),
      (#"{"r":16,"lora_alpha":16,"rank_pattern":{"encoder.[ab]":2}}"#, [8, 8]),
      (
        #"{"r":9,"lora_alpha":2,"use_rslora":true,"rank_pattern":{"a":2,"b":2}}"#,
        [1.4142135623730951, 1.4142135623730951]
      ),
    ])
  func scale(config: String, expected: [Double]) throws {
    let checkpoint = try Self.open(try Self.weights(), config)
    #expect(checkpoint.format == .adapter)
    #expect(checkpoint.layers.map(\.name) == ["encoder.a", "encoder.b"])
    #expect(checkpoint.layers.map(\.lowRank?.scale) == expected.map { Float($0) })
    #expect(checkpoint.layers.allSatisfy { $0.lowRank?.rank == 2 })
    #expect(checkpoint.obstacle == nil && checkpoint.notes.isEmpty)
  }

  @Test(
    "a configuration that cannot be used is refused, by the name of what it asks for",
    arguments: [
      (#"{"r":2,"use_dora":true}"#, "unsupported", "DoRA"),
      (#"{"r":2,"use_qalora":true}"#, "unsupported", "use_qalora"),
      (#"{"peft_type":"LOHA","r":2}"#, "unsupported", "\"LOHA\""),
      (#"{"peft_type":"IA3"}"#, "unsupported", "\"IA3\""),
      (#"{"r":2,"target_parameters":["experts.up"]}"#, "unsupported", "target_parameters"),
      (#"{"r":2,"alpha_pattern":{"(?=a)a":1}}"#, "unsupported", "regular expression"),
      (#"{"r":4}"#, "malformed", "says rank 4 for \"encoder.a\", whose factors have rank 2"),
      (#"{"r":2,"rank_pattern":{"a":1,"b":1}}"#, "malformed", "says rank 1"),
    ])
  func refused(config: String, kind: String, words: String) throws {
    let checkpoint = try Self.open(try Self.weights(), config)
    // It can still be looked at.
    #expect(checkpoint.layers.isEmpty && checkpoint.tensors.count == 4)
    #expect(checkpoint.notes.count == 1)
    #expect(checkpoint.obstacle?.kind.rawValue == kind)
    for name in ["encoder.a", "encoder.a.weight", "\(Self.a).lora_A.weight"] {
      let fault = error { () throws(CheckpointError) in try checkpoint.layerRecord(named: name) }
      #expect(fault?.kind.rawValue == kind)
      #expect(fault?.problem.contains(words) == true, "\(fault?.description ?? "found")")
    }
  }

  @Test(
    "a configuration that breaks its format fails the opening",
    arguments: [
      ("", "not valid JSON"), (#"{"r":2"#, "not valid JSON"), ("[]", "kind array"),
      (#"{"r":2,"r":4}"#, "comes twice"), (#"{"r":0}"#, "positive integer"),
      (#"{"r":2.5}"#, "positive integer"), (#"{"r":"2"}"#, "positive integer"),
      (#"{"lora_alpha":"2"}"#, "a number"), (#"{"lora_alpha":1e999}"#, "beyond a double"),
      (#"{"alpha_pattern":[]}"#, "an object"), (#"{"alpha_pattern":{"a":"1"}}"#, "a number"),
      (#"{"use_rslora":1}"#, "true or false"), (#"{"peft_type":1}"#, "a string"),
      (#"{"base_model_name_or_path":{}}"#, "a string"), (#"{"r":NaN}"#, "not valid JSON"),
    ])
  func broken(config: String, words: String) throws {
    do {
      _ = try Self.open(try Self.weights(), config)
      Issue.record("opened")
    } catch let error as CheckpointError {
      #expect(error.kind == .malformed)
      #expect(error.subject.hasSuffix("/adapter_config.json"))
      #expect(error.problem.contains(words), "\(error)")
    }
  }

  @Test("a configuration cut at every byte never crashes")
  func everyTruncation() throws {
    let whole = #"{"peft_type":"LORA","r":2,"lora_alpha":8,"rank_pattern":{"a":2}}"#
    let weights = try Self.weights()
    for count in 0..<whole.utf8.count {
      #expect(throws: CheckpointError.self) {
        try Self.open(weights, String(whole.prefix(count)))
      }
    }
  }

  @Test(
    "without a configuration the header's own words count, and a note says so",
    arguments: [
      ([(name: "alpha", value: "8")], 4.0, "alpha 8 was taken from the header's alpha"),
      ([("lora_alpha", "1"), ("alpha", "8")], 0.5, "the header's lora_alpha"),
      ([], 1, "scale 1 (alpha = rank)"), ([("alpha", "many")], 1, "is no number"),
      ([("alpha", "inf")], 1, "is no number"),
    ])
  func bare(metadata: [(name: String, value: String)], scale: Float, words: String) throws {
    let checkpoint = try Self.open(try Self.weights(metadata: metadata), nil)
    #expect(checkpoint.layers.map(\.lowRank?.scale) == [scale, scale])
    #expect(checkpoint.notes.contains { $0.contains(words) }, "\(checkpoint.notes)")
  }

  @Test("scale that stands where we do not read it is refused, not guessed")
  func adapterMetadata() throws {
    let weights = try Self.weights(metadata: [("lora_adapter_metadata", #"{"unet.r":2}"#)])
    let checkpoint = try Self.open(weights, nil, name: "pytorch_lora_weights.safetensors")
    #expect(checkpoint.layers.isEmpty)
    #expect(checkpoint.obstacle?.kind == .unsupported)
    #expect(checkpoint.obstacle?.problem.contains("lora_adapter_metadata") == true)
  }

  @Test("the factors as they are, with and without the scale, and for transposed weights")
  func factors() throws {
    let folder = try TemporaryFolder()
    // A = [[1,2,3]], B = [[4],[5]]: B·A is 2×3.
    let weights = try goodFile([("m.lora_A.weight", [1, 3]), ("m.lora_B.weight", [2, 1])])
    _ = try folder.write(weights, to: "adapter_model.safetensors")
    let hub = HubCache(root: "/nowhere")
    for transposed in [false, true] {
      let config = #"{"r":1,"lora_alpha":10,"fan_in_fan_out":\#(transposed)}"#
      _ = try folder.write(Array(config.utf8), to: "adapter_config.json")
      let checkpoint = try Checkpoint.open(folder.path, relativeTo: "", hub: hub)
      let record = try checkpoint.layerRecord(named: "m")
      #expect((record.rows, record.columns) == (transposed ? (3, 2) : (2, 3)))
      #expect(checkpoint.notes.contains { $0.contains("fan_in_fan_out") } == transposed)
      for scaling in LoRAScaling.allCases {
        let layer = try checkpoint.layer(record, scaling: scaling)
        #expect(layer.rows == record.rows && layer.columns == record.columns)
        guard case .lowRank(let pair) = layer else {
          Issue.record("not low rank")
          return
        }
        #expect(pair.scale == (scaling == .apply ? 10 : 1))
        let product = BLAS.product(.asStored(pair.up), .asStored(pair.down))
        let expected = Matrix(rows: 2, columns: 3, values: [4, 8, 12, 5, 10, 15])
        #expect(product == (transposed ? expected.transposed() : expected))
      }
    }
  }

  @Test("convolutions: A is r × in·kh·kw, B is out × r")
  func convolution() throws {
    let weights = try goodFile([
      ("base_model.model.conv.lora_A.weight", [2, 3, 3, 3]),
      ("base_model.model.conv.lora_B.weight", [5, 2, 1, 1]),
    ])
    let checkpoint = try Self.open(weights, #"{"r":2,"lora_alpha":2}"#)
    let record = try checkpoint.layerRecord(named: "conv")
    #expect(record.rows == 5 && record.columns == 27 && record.lowRank?.rank == 2)
  }

  @Test(
    "other ways to write the same pair",
    arguments: [
      ("m.lora_A.weight", "m.lora_B.weight"),
      ("m.lora_A.default.weight", "m.lora_B.default.weight"),
      ("m.lora_A", "m.lora_B"), ("unet.m.lora.down.weight", "unet.m.lora.up.weight"),
      ("m.lora_down.weight", "m.lora_up.weight"),
    ])
  func spellings(down: String, up: String) throws {
    let checkpoint = try Self.open(
      try goodFile([(up, [4, 2]), (down, [2, 3]), ("m.lora_B.bias", [4])]), nil)
    #expect(checkpoint.layers.map(\.name) == ["m"])
    #expect(checkpoint.layers.map(\.tensorNames) == [[down, up]])
    #expect(checkpoint.layers.map(\.rows) == [4])
  }

  @Test(
    "what is wrong with a pair, or of a dialect that is not read, is said when it is asked for",
    arguments: [
      (["m.lora_A.weight 2 3"], "malformed", "factor A (down) without B (up)"),
      (["m.lora_B.weight 2 3"], "malformed", "factor B (up) without A (down)"),
      (["m.lora_A.weight 2 3", "m.lora_B.weight 4 3"], "wrongShape", "A is 2×3, B is 4×3"),
      (["m.lora_A.weight 2", "m.lora_B.weight 4 2"], "wrongShape", "A is 2, B is 4×2"),
      (["m.lora_A.weight 0 3", "m.lora_B.weight 4 0"], "wrongShape", "A is 0×3"),
      (["m.lora_A.weight 2 3", "m.lora_B.weight 4 2 3 3"], "wrongShape", "B is 4×2×3×3"),
      (
        ["m.lora_A.x.weight 2 3", "m.lora_A.y.weight 2 3", "m.lora_B.x.weight 4 2"], "unsupported",
        "several adapters"
      ),
      (
        ["m.lora_A.weight 2 3", "m.lora_B.weight 4 2", "m.lora_magnitude_vector 4"], "unsupported",
        "DoRA (lora_magnitude_vector)"
      ),
      (["m.lora_down.weight 2 3", "m.lora_up.weight 4 2", "m.alpha"], "unsupported", "kohya"),
      (["m.hada_w1_a 4 2", "m.hada_w1_b 2 3"], "unsupported", "LoHa (hada_…)"),
      (["m.lokr_w1 2 2", "m.lokr_w2 2 2"], "unsupported", "LoKr (lokr_…)"),
      (["m.lora_embedding_A 2 9", "m.lora_embedding_B 4 2"], "unsupported", "an embedding"),
      (
        ["m.processor.to_q_lora.down.weight 2 3", "m.processor.to_q_lora.up.weight 3 2"],
        "unsupported", "early diffusers versions (to_q_lora)"
      ),
      (["lora_unet_m.lora_down.weight 2 3", "lora_unet_m.alpha"], "unsupported", "lora_unet_"),
    ])
  func troubled(tensors: [String], kind: String, words: String) throws {
    let shapes = tensors.map { text in
      let parts = text.split(separator: " ").map(String.init)
      return (parts[0], parts.dropFirst().compactMap { Int($0) })
    }
    let checkpoint = try Self.open(try goodFile(shapes + [("good.weight", [1, 2])]), nil)
    // The rest of the file can be used.
    #expect(checkpoint.layers.map(\.name) == ["good"])
    #expect(checkpoint.format == .adapter && checkpoint.obstacle == nil)
    #expect(checkpoint.notes.contains { $0.contains(words) })
    let module = ["m", "lora_unet_m", "m.processor"].first { name in
      error { () throws(CheckpointError) in try checkpoint.layerRecord(named: name) }?.kind
        != .layerNotFound
    }
    let fault = error { () throws(CheckpointError) in
      try checkpoint.layerRecord(named: module ?? "m")
    }
    #expect(fault?.kind.rawValue == kind)
    #expect(fault?.problem.contains(words) == true, "\(fault?.description ?? "found")")
  }

  @Test("base model and configuration of an adapter")
  func declaredBase() throws {
    let config = #"{"r":2,"base_model_name_or_path":"org/a"}"#
    let weights = try Self.weights(metadata: [("base_model", "org/b")])
    let checkpoint = try Self.open(weights, config)
    #expect(checkpoint.declaredBases.map(\.model) == ["org/a", "org/b"])
    #expect(checkpoint.declaredBases.first?.source == "adapter_config.json")
  }

  @Test("a configuration is read only where there is a pair to scale")
  func configurationUnused() throws {
    let checkpoint = try Self.open(
      try goodFile([("w", [1, 1])]), "no JSON at all", name: "model.safetensors")
    #expect(checkpoint.format == .safetensors)
  }
}

@Suite("patterns of module names")
struct ModulePatternTests {
  static let names = [
    "encoder.layer.0.attention.q", "encoder.layer.10.attention.q", "layer.0.q", "q", "model.q_proj",
    "down_blocks.0.attentions.1.proj_in", "a.b", "aXb", "", "a..b", "é.b", "encoder",
  ]

  static let patterns = [
    "q", "a.b", "a\\.b", "^q", "^encoder.layer.0.attention.q", "layer.0.*", ".*", "", "x|q", "(q)",
    ".*\\.q$", "layer\\.(?:0|1)\\..*q", "layer\\.\\d+\\.attention\\.q", "[a-e].b", "[^a].b",
    "a[.X]b",
    "q_?p?.*", "enc(oder)+", "\\w+", "e{1}ncoder", "e{0,2}.*q", "a.{1,}b", "(a|b|X)+", "(a*)*b",
    "((((a+)+)+)+)+!", ".*?q", "é.b", "proj_in$", "$", "^", "q^", "a$b", "[]a]", "[a-]", "a{,2}b",
    "a{2", "(?i)Q", "(?=q)q", "(q", "q)", "*a", "a**", "a++", "a?+", "\\Aq", "(.)\\1", "[z-a]",
    "\\",
  ]

  @Test(
    "what is read means what it means to Python",
    .enabled(if: Python.isThere, Comment(rawValue: Python.missing)))
  func oracle() throws {
    let questions = Self.patterns.flatMap { pattern in Self.names.map { (pattern, $0) } }
    let folder = try TemporaryFolder()
    let data = try JSONEncoder().encode(questions.map { [$0.0, $0.1] })
    let path = try folder.write(Array(data), to: "questions.json")
    let answers = try Python.run(
      #"""
      import json, re, sys
      for key, name in json.load(open(sys.argv[1])):
          try:
              print(bool(re.match(rf"(.*\.)?({key})$", name)) if key[-4:] != "+)+!" else False)
          except re.error:
              print("error")
      """#, path
    ).split(separator: "\n")
    try #require(answers.count == questions.count)
    var read = 0
    for (question, answer) in zip(questions, answers) {
      guard let pattern = ModulePattern(question.0) else { continue }
      read += 1
      #expect(answer != "error", "\(question.0) is an error to Python")
      #expect(
        (pattern.matches(question.1) ? "True" : "False") == answer,
        "\(question.0) on \(question.1)")
    }
    #expect(read > questions.count / 2)
  }

  @Test("patterns that make Python run for ages are answered")
  func explosive() throws {
    let name = String(repeating: "a", count: 1000)
    for text in ["((((a+)+)+)+)+!", "(a|a)*!", "(a?){99}(a{99})?!", "(((a{9}){9}){9}){9}!"] {
      let pattern = try #require(ModulePattern(text))
      #expect(!pattern.matches(name))
    }
  }
}
