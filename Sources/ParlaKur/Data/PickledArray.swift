import ParlaFiles

/// A NumPy array in a pickle.
struct PickledArray {
  /// What is in an array.
  enum Content {
    case numbers([Double], isWhole: Bool)
    case texts([String])
    case objects([PickleValue])
  }

  /// Length of each axis, outermost first.
  let shape: [Int]

  /// The elements in C order.
  let content: Content

  /// The names by which NumPy writes arrays and single numbers, and Python what they consist of.
  static let makers = PickleMaker.python.merging([
    "numpy.dtype": .object,
    "numpy.core.multiarray._reconstruct": .object, "numpy._core.multiarray._reconstruct": .object,
    "numpy.core.multiarray.scalar": .object, "numpy._core.multiarray.scalar": .object,
    "numpy.core.numeric._frombuffer": .object, "numpy._core.numeric._frombuffer": .object,
  ]) { $1 }

  /// The array that `object` describes; nil for what is none.
  init?(_ object: PickledObject) {
    let array =
      switch object.name {
      case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
        Self.reconstructed(object.state)
      case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer":
        Self.ofBuffer(object.arguments)
      default: nil as PickledArray?
      }
    guard let array else { return nil }
    self = array
  }

  /// The number or text that `object` describes as a single element of a type of NumPy's; nil for what is none.
  static func scalar(_ object: PickledObject) -> PickledArray? {
    guard
      ["numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"].contains(object.name),
      object.arguments.count == 2, let element = PickledElement(object.arguments[0]),
      let bytes = object.arguments[1].latin1
    else { return nil }
    return PickledArray([], element, bytes)
  }

  private init(shape: [Int], content: Content) { (self.shape, self.content) = (shape, content) }

  private init?(_ shape: [Int], _ element: PickledElement, _ bytes: [UInt8]) {
    guard element.size > 0, let count = ArrayShape.elementCount(shape),
      bytes.count == count * element.size
    else { return nil }
    self.init(shape: shape, content: element.content(bytes))
  }

  /// `ndarray.__setstate__`: (version, shape, type, whether the first axis varies fastest, elements).
  private static func reconstructed(_ state: PickleValue?) -> PickledArray? {
    guard let fields = state?.tuple, fields.count == 5, let shape = fields[1].lengths,
      let element = PickledElement(fields[2])
    else { return nil }
    let isFortranOrder =
      switch fields[3] {
      case .bool(let truth): truth
      case .int(let number): number == 1
      default: false
      }
    if case .list(let objects) = fields[4] {
      guard element.isObject, ArrayShape.elementCount(shape) == objects.count else { return nil }
      return PickledArray(shape: shape, content: .objects(objects))
    }
    guard let bytes = fields[4].latin1, let array = PickledArray(shape, element, bytes) else {
      return nil
    }
    guard isFortranOrder else { return array }
    return array.transposed(from: shape.reversed(), axes: shape.indices.reversed())
  }

  /// `_frombuffer(buffer, type, shape, order, axes)`, as protocol 5 has arrays.
  private static func ofBuffer(_ arguments: [PickleValue]) -> PickledArray? {
    guard arguments.count >= 4, let bytes = arguments[0].latin1,
      let element = PickledElement(arguments[1]), let shape = arguments[2].lengths,
      let order = arguments[3].written, let array = PickledArray(shape, element, bytes)
    else { return nil }
    switch order {
    case "C": return array
    case "F": return array.transposed(from: shape.reversed(), axes: shape.indices.reversed())
    case "K":
      guard arguments.count == 5, let axes = arguments[4].lengths,
        axes.sorted() == Array(shape.indices)
      else { return nil }
      return array.transposed(from: shape, axes: axes)
    default: return nil
    }
  }

  /// The transpose of the same elements seen as an array of `shape` in C order.
  private func transposed(from shape: [Int], axes: [Int]) -> PickledArray {
    let content: Content =
      switch content {
      case .numbers(let values, let isWhole):
        .numbers(ArrayShape.transposed(values, shape, axes: axes), isWhole: isWhole)
      case .texts(let texts): .texts(ArrayShape.transposed(texts, shape, axes: axes))
      case .objects(let objects): .objects(ArrayShape.transposed(objects, shape, axes: axes))
      }
    return PickledArray(shape: axes.map { shape[$0] }, content: content)
  }
}

/// The type of a NumPy array's elements.
private struct PickledElement {
  /// Such as `f8`, `i4`, `b1` or `U5`.
  private let code: String
  private let kind: Character
  private let isBigEndian: Bool

  /// How many bytes an element takes.
  let size: Int

  /// Types of numbers, with how many bytes they take.
  private static let numberSizes = [
    "f8": 8, "f4": 4, "f2": 2, "i1": 1, "i2": 2, "i4": 4, "i8": 8, "u1": 1, "u2": 2, "u4": 4,
    "u8": 8, "b1": 1,
  ]

  /// Reads `numpy.dtype(code, …)` with its state, of which the second entry is the order of bytes.
  init?(_ value: PickleValue) {
    guard case .object(let object) = value, object.name == "numpy.dtype",
      let written = object.arguments.first?.written, let first = written.first
    else { return nil }
    code = "<>|=".contains(first) ? String(written.dropFirst()) : written
    guard let kind = code.first else { return nil }
    self.kind = kind
    if let size = Self.numberSizes[code] {
      self.size = size
    } else {
      guard "SUO".contains(kind), let number = Int(code.dropFirst()), 0...(1 << 20) ~= number
      else { return nil }
      size = kind == "U" ? 4 * number : number
    }
    var isBigEndian = first == ">"
    if let state = object.state?.tuple, state.count > 1 { isBigEndian = state[1].written == ">" }
    self.isBigEndian = isBigEndian
  }

  /// Whether the elements are any objects.
  var isObject: Bool { kind == "O" }

  /// The elements in `bytes`, which are a multiple of `size`.
  func content(_ bytes: [UInt8]) -> PickledArray.Content {
    let starts = stride(from: 0, to: bytes.count, by: size)
    if "SU".contains(kind) { return .texts(starts.map { text(bytes[$0..<$0 + size]) }) }
    return .numbers(
      starts.map { number(bits(bytes[$0..<$0 + size])) }, isWhole: "iub".contains(kind))
  }

  private func bits(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    isBigEndian
      ? bytes.reduce(0) { $0 << 8 | UInt64($1) }
      : bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func number(_ bits: UInt64) -> Double {
    switch code {
    case "f8": Double(bitPattern: bits)
    case "f4": Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case "f2": Double(Float(half: UInt16(truncatingIfNeeded: bits)))
    case "i1": Double(Int8(truncatingIfNeeded: bits))
    case "i2": Double(Int16(truncatingIfNeeded: bits))
    case "i4": Double(Int32(truncatingIfNeeded: bits))
    case "i8": Double(Int64(bitPattern: bits))
    default: Double(bits)
    }
  }

  /// The text in `bytes`, without the zeros at its end.
  private func text(_ bytes: ArraySlice<UInt8>) -> String {
    guard kind == "U" else {
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    var scalars = String.UnicodeScalarView()
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
      let value = UInt32(truncatingIfNeeded: bits(bytes[start..<start + 4]))
      guard value != 0, let scalar = Unicode.Scalar(value) else { break }
      scalars.append(scalar)
    }
    return String(scalars)
  }
}

extension PickleValue {
  /// The text, which old protocols write as bytes; nil for what is none.
  var written: String? {
    switch self {
    case .text(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// The bytes, which Python 2 writes as a text of Latin 1; nil for what are none.
  fileprivate var latin1: [UInt8]? {
    switch self {
    case .bytes(let bytes): bytes
    case .text(let text): text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    default: nil
    }
  }
}
