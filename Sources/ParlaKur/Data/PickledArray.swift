/// A NumPy array in a pickle.
struct PickledArray {
  var shape: [Int] = []
  var element: PickledElement?
  var bytes: [UInt8] = []
  var objects: [PickleReader.Item]?
  var isFortranOrder = false

  /// Gives `object`, an array or an element type, the state that was written for it.
  static func build(
    _ object: PickleReader.Item, _ state: PickleReader.Item, _ reader: PickleReader
  ) throws(KurError) {
    guard case .tuple(let fields) = state else { throw reader.problem("no state of an array") }
    switch object {
    case .element(let element):
      // (version, byte order, ...)
      guard fields.count > 1, let order = PickleReader.text(fields[1]) else {
        throw reader.problem("no byte order")
      }
      element.isBigEndian.content = order == ">"
    case .array(let box):
      guard fields.count == 5, case .tuple(let axes) = fields[1],
        case .element(let element) = fields[2]
      else { throw reader.problem("no state of an array") }
      var array = PickledArray()
      for axis in axes {
        guard case .value(.int(let length)) = axis, length >= 0 else {
          throw reader.problem("no length of an axis")
        }
        array.shape.append(length)
      }
      array.element = element
      if case .value(.bool(true)) = fields[3] { array.isFortranOrder = true }
      if case .value(.int(1)) = fields[3] { array.isFortranOrder = true }
      if case .list(let items) = fields[4] {
        array.objects = items.content
      } else if let bytes = PickleReader.bytes(fields[4]) {
        array.bytes = bytes
      } else {
        throw reader.problem("no numbers of an array")
      }
      box.content = array
    default: throw reader.problem("state for what is no array")
    }
  }

  /// How many elements there are; nil where the axes are longer than memory.
  var elementCount: Int? {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow, product < 1 << 40 else { return nil }
      count = product
    }
    return count
  }
}

/// The type of a NumPy array's elements.
struct PickledElement {
  /// Such as `f8`, `i4`, `b1` or `U5`.
  let code: String
  let size: Int
  let isBigEndian: PickleReader.Box<Bool>

  init(_ code: String, _ reader: PickleReader) throws(KurError) {
    let order = code.first
    let plain = order.map { "<>|=".contains($0) } == true ? String(code.dropFirst()) : code
    isBigEndian = PickleReader.Box(order == ">")
    guard let kind = plain.first, let number = Int(plain.dropFirst()), "fiubSUO".contains(kind),
      number <= 1 << 20
    else {
      throw reader.problem("arrays of type \(code), expected numbers or texts")
    }
    self.code = plain
    size = kind == "U" ? 4 * number : number
  }

  private var kind: Character { code.first ?? "?" }

  /// Whether the elements are whole numbers.
  var isWhole: Bool { "iub".contains(kind) }

  /// Whether the elements are texts.
  var isText: Bool { "SU".contains(kind) }

  private func bits(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    let ordered = isBigEndian.content ? Array(bytes) : bytes.reversed()
    return ordered.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The number in `bytes`.
  func number(_ bytes: ArraySlice<UInt8>) -> Double? {
    let bits = bits(bytes)
    return switch code {
    case "f8": Double(bitPattern: bits)
    case "f4": Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case "f2": Double(Self.half(UInt16(truncatingIfNeeded: bits)))
    case "i1": Double(Int8(truncatingIfNeeded: bits))
    case "i2": Double(Int16(truncatingIfNeeded: bits))
    case "i4": Double(Int32(truncatingIfNeeded: bits))
    case "i8": Double(Int64(bitPattern: bits))
    case "u1", "u2", "u4", "u8", "b1": Double(bits)
    default: nil
    }
  }

  private static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1f)
    let fraction = Float(bits & 0x3ff) / 1024
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }

  /// The text in `bytes`, without the zeros at its end.
  func text(_ bytes: ArraySlice<UInt8>) -> String {
    guard kind == "U" else {
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    var scalars = String.UnicodeScalarView()
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
      let value = UInt32(truncatingIfNeeded: bits(bytes[start..<min(start + 4, bytes.endIndex)]))
      guard value != 0, let scalar = Unicode.Scalar(value) else { break }
      scalars.append(scalar)
    }
    return String(scalars)
  }

  /// A single number.
  func scalar(_ bytes: [UInt8], _ reader: PickleReader) throws(KurError) -> PythonValue {
    guard bytes.count == size, let number = number(bytes[...]) else {
      throw reader.problem("\(bytes.count) bytes of type \(code), expected a number")
    }
    return isWhole ? .int(Int(number)) : .float(number)
  }
}
