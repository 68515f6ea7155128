/// Reads the parameters of a layer, checks them, and adds the defaults.
///
/// The names are those of Kur's own objects, which its listing of a model shows; `type` says what an activation, an
/// input, a pool or a recurrent layer is.
struct LayerParameters {
  /// What the layers read that have settings, and what groups of them do.
  static let settings: [String: [String]] = [
    "input": ["shape", "type"], "dense": ["size", "flatten", "highway", "bias"],
    "convolution": ["kernels", "size", "strides", "border", "separable", "highway", "bias"],
    "pool": ["size", "strides", "type", "border"],
    "recurrent": ["size", "type", "sequence", "bidirectional", "merge", "outer_activation"],
    "batch_normalization": ["axis", "momentum"], "transpose": ["axes", "include_batch"],
    "merge": ["mode", "axis"], "dropout": ["fraction", "independent"], "repeat": ["count"],
    "embedding": ["vocab_size", "size"], "expand": ["dimension"], "squeeze": ["dimension"],
    "reuse": ["target"], "for": ["range", "with_index", "iterate"],
    "for_each": ["items", "loop_var", "iterate"], "parallel": ["apply"],
  ]

  private let kind: String
  private let argument: PythonValue
  private let place: String
  private let parser: ContainerParser

  init(kind: String, _ argument: PythonValue, _ place: String, parser: ContainerParser) {
    (self.kind, self.argument, self.place, self.parser) = (kind, argument, place, parser)
  }

  /// The parameters with their defaults.
  func checked() throws(KurError) -> PythonDictionary {
    switch kind {
    case "input": try input()
    case "convolution": try convolution()
    case "dense": try dense()
    case "activation": PythonDictionary([(.string("type"), argument)])
    case "pool": try pool()
    case "recurrent": try recurrent()
    case "batch_normalization": try batchNormalization()
    case "transpose": try transpose()
    case "merge": try merge()
    case "dropout": try dropout()
    case "repeat": try repetition()
    case "embedding": try embedding()
    case "expand", "squeeze": try dimension()
    case "reuse": try reuse()
    default: PythonDictionary()
    }
  }

  // MARK: - Values

  private func value(_ name: String) throws(KurError) -> PythonValue? {
    guard let value = argument.dictionary?[name] else { return nil }
    return try parser.engine.evaluate(value, isDeep: true, place: "\(place).\(name)")
  }

  private func failure(_ name: String, _ found: PythonValue?, _ expected: String) -> KurError {
    parser.failure(
      name.isEmpty ? place : "\(place).\(name)", found?.representation ?? "nothing", expected)
  }

  private func mapping() throws(KurError) {
    guard argument.dictionary != nil else { throw failure("", argument, "a mapping") }
  }

  private func integer(
    _ name: String, _ value: PythonValue?, atLeast smallest: Int? = nil
  ) throws(KurError) -> PythonValue {
    guard let value, let integer = parser.integer(value) else {
      throw failure(name, value, "an integer")
    }
    if let smallest, integer < smallest {
      throw failure(name, value, "an integer from \(smallest) on")
    }
    return .int(integer)
  }

  /// An integer as written, not as a text.
  private func plainInteger(_ name: String, _ value: PythonValue?) throws(KurError) -> PythonValue {
    guard let value, let integer = value.integer else { throw failure(name, value, "an integer") }
    return .int(integer)
  }

  private func integers(
    _ name: String, _ value: PythonValue?
  ) throws(KurError) -> [PythonValue] {
    guard let value else { throw failure(name, nil, "an integer or a list of integers") }
    var integers: [PythonValue] = []
    for item in value.sequence ?? [value] { integers.append(try integer(name, item)) }
    return integers
  }

  private func truth(_ name: String, default fallback: Bool) throws(KurError) -> PythonValue {
    switch try value(name) {
    case nil: return .bool(fallback)
    case .bool(let value)?: return .bool(value)
    case let value?: throw failure(name, value, "yes or no")
    }
  }

  private func word(
    _ name: String, _ value: PythonValue?, of words: [String], default fallback: String
  ) throws(KurError) -> PythonValue {
    guard let value else { return .string(fallback) }
    guard let text = value.string?.lowercased(), words.contains(text) else {
      throw failure(name, value, words.joined(separator: ", "))
    }
    return .string(text)
  }

  private func number(_ name: String, _ value: PythonValue?) throws(KurError) -> PythonValue? {
    switch value {
    case nil, PythonValue.none?: return nil
    case .string(let text)?:
      guard let number = PythonNumberText.double(text) else {
        throw failure(name, value, "a number")
      }
      return .float(number)
    default:
      guard let number = value?.number else { throw failure(name, value, "a number") }
      return .float(number.double)
    }
  }

  private func parameters(_ pairs: KeyValuePairs<String, PythonValue?>) -> PythonDictionary {
    PythonDictionary(pairs.map { (.string($0.key), $0.value ?? .none) })
  }

  // MARK: - Layers

  private func input() throws(KurError) -> PythonDictionary {
    let shape = try value("shape").map { shape in
      PythonValue.list((shape.sequence ?? [shape]).map { $0 == .string("None") ? .none : $0 })
    }
    return parameters(["shape": shape, "type": try value("type")])
  }

  private func dense() throws(KurError) -> PythonDictionary {
    let isMapping = argument.dictionary != nil
    let size =
      isMapping
      ? try value("size") : try parser.engine.evaluate(argument, isDeep: true, place: place)
    return parameters([
      "size": .list(try integers("size", size)),
      "auto_flatten": try truth("flatten", default: false),
      "highway": try truth("highway", default: false),
      "highway_bias": try number("bias", value("bias")),
    ])
  }

  /// Sizes in one to three dimensions, with as many strides.
  private func window(
    size: PythonValue?
  ) throws(KurError) -> (size: PythonValue, strides: PythonValue) {
    let sizes = try integers("size", size)
    guard 1...3 ~= sizes.count else {
      throw failure("size", size, "sizes in one, two or three dimensions")
    }
    guard let given = try value("strides") else {
      return (.list(sizes), .list(sizes.map { _ in .int(1) }))
    }
    var strides = try integers("strides", given)
    if given.sequence == nil { strides = sizes.map { _ in strides[0] } }
    guard strides.count == sizes.count else {
      throw failure("strides", given, "one, or \(sizes.count) as size has")
    }
    return (.list(sizes), .list(strides))
  }

  private func convolution() throws(KurError) -> PythonDictionary {
    try mapping()
    let kernels = try integer("kernels", value("kernels"))
    let (size, strides) = try window(size: value("size"))
    return parameters([
      "kernels": kernels, "size": size, "strides": strides, "activation": PythonValue.none,
      "border": try word("border", value("border"), of: ["valid", "same"], default: "same"),
      "separable": try truth("separable", default: false),
      "highway": try truth("highway", default: false),
      "highway_bias": try number("bias", value("bias")) ?? .float(-1),
    ])
  }

  private func pool() throws(KurError) -> PythonDictionary {
    let isMapping = argument.dictionary != nil
    let given =
      isMapping
      ? try value("size") : try parser.engine.evaluate(argument, isDeep: true, place: place)
    let (size, strides) = try window(size: given)
    return parameters([
      "size": size, "strides": strides,
      "pooltype": try word("type", value("type"), of: ["max", "average"], default: "max"),
      "border": try word("border", value("border"), of: ["valid", "same"], default: "valid"),
    ])
  }

  private static let merges = ["multiply", "add", "concat", "average"]

  private func recurrent() throws(KurError) -> PythonDictionary {
    try mapping()
    let sequence = try truth("sequence", default: true)
    let isBidirectional = try truth("bidirectional", default: false)
    var merge: PythonValue?
    if let given = try value("merge"), given != PythonValue.none {
      guard isBidirectional.isTrue else {
        throw failure("merge", given, "bidirectional: yes in addition")
      }
      merge = try word("merge", given, of: Self.merges, default: "average")
    } else if isBidirectional.isTrue {
      merge = .string("average")
    }
    let type = try word("type", value("type"), of: ["lstm", "gru", "sru"], default: "gru")
    return parameters([
      "size": try plainInteger("size", value("size")), "type": type, "sequence": sequence,
      "bidirectional": isBidirectional, "merge": merge,
      "activation": try value("outer_activation"),
    ])
  }

  private func batchNormalization() throws(KurError) -> PythonDictionary {
    let axis = try value("axis")
    return parameters([
      "axis": axis == nil ? nil : try plainInteger("axis", axis),
      "momentum": try number("momentum", value("momentum")) ?? .float(0),
    ])
  }

  private func transpose() throws(KurError) -> PythonDictionary {
    let axes = argument.dictionary == nil ? argument : try value("axes")
    guard let items = axes?.sequence else { throw failure("axes", axes, "a list of axes") }
    let numbers = items.compactMap(\.integer)
    guard Set(numbers) == Set(0..<items.count), numbers.count == items.count else {
      throw failure("axes", axes, "each axis from 0 to \(items.count - 1) once")
    }
    return parameters([
      "axes": .list(items), "include_batch": try truth("include_batch", default: false),
    ])
  }

  private func merge() throws(KurError) -> PythonDictionary {
    let isMapping = argument.dictionary != nil
    let mode = isMapping ? try value("mode") : argument
    let isGiven = mode.map { $0 != PythonValue.none } ?? false
    return parameters([
      "mode": try word("mode", isGiven ? mode : nil, of: Self.merges, default: "concat"),
      "axis": isMapping ? try plainInteger("axis", value("axis")) : .int(-1),
    ])
  }

  private func dropout() throws(KurError) -> PythonDictionary {
    let fraction = argument.dictionary == nil ? argument : try value("fraction")
    guard let number = fraction?.number?.double, number >= 0, number < 1 else {
      throw failure("fraction", fraction, "a number from 0 on, below 1")
    }
    return parameters([
      "dropout": .float(number), "independent": try truth("independent", default: true),
    ])
  }

  private func repetition() throws(KurError) -> PythonDictionary {
    let count = argument.dictionary == nil ? argument : try value("count")
    return parameters(["count": try integer("count", count, atLeast: 1)])
  }

  private func embedding() throws(KurError) -> PythonDictionary {
    try mapping()
    return parameters([
      "vocab_size": try integer("vocab_size", value("vocab_size"), atLeast: 1),
      "size": try integer("size", value("size"), atLeast: 1),
    ])
  }

  private func dimension() throws(KurError) -> PythonDictionary {
    let dimension = argument.dictionary == nil ? argument : try value("dimension")
    return parameters(["dimension": try integer("dimension", dimension)])
  }

  private func reuse() throws(KurError) -> PythonDictionary {
    let target = argument.dictionary == nil ? argument : try value("target")
    guard let target, target != PythonValue.none else {
      throw failure("target", target, "the name of a layer")
    }
    return parameters(["target": target])
  }
}
