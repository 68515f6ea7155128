/// What a pickle holds, as data: nothing that it names was called.
package enum PickleValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case text(String)
  case bytes([UInt8])
  case tuple([PickleValue])
  case list([PickleValue])
  /// In the order of insertion; of equal texts as keys, the last value counts.
  case dictionary([(key: PickleValue, value: PickleValue)])
  /// The name of a class or a function.
  case name(String)
  /// What calling a name would have made.
  indirect case object(PickledObject)
  /// What is stored next to the pickle, by what identifies it.
  indirect case reference(PickleValue)
}

extension PickleValue {
  /// What is in the tuple; nil for what is none.
  package var tuple: [PickleValue]? { if case .tuple(let values) = self { values } else { nil } }

  /// The whole numbers from 0 of a tuple, as the lengths of an array's axes are written; nil for what is none.
  package var lengths: [Int]? {
    guard let values = tuple else { return nil }
    let lengths = values.compactMap { if case .int(let length) = $0 { length } else { nil } }
    return lengths.count == values.count && lengths.allSatisfy { $0 >= 0 } ? lengths : nil
  }
}

/// An object as a pickle describes it.
package struct PickledObject: Sendable {
  /// What would make it, with its module, such as `numpy.dtype`.
  package let name: String
  /// With which arguments.
  package let arguments: [PickleValue]
  /// The state that it would be given then.
  package let state: PickleValue?
}

/// What stands for a name that a pickle would call.
///
/// Other names are refused, and none is ever called.
package enum PickleMaker: Sendable {
  /// A mapping, empty or of the pairs in its only argument.
  case mapping
  /// The bytes of its first argument, a text of Latin 1, or none.
  case bytes
  /// An object, whose arguments and state are kept.
  case object

  /// The names by which Python itself writes what has no instruction of its own in old protocols.
  package static let python: [String: PickleMaker] = [
    "collections.OrderedDict": .mapping, "_codecs.encode": .bytes, "__builtin__.bytes": .bytes,
    "builtins.bytes": .bytes, "__builtin__.bytearray": .bytes, "builtins.bytearray": .bytes,
  ]
}

/// Why a pickle is not read.
package enum PickleFault: Error, Equatable {
  /// It is damaged, or holds more than it may; `problem` says what was found at `byte`.
  case damaged(byte: Int, problem: String)
  /// It would call `name`, which stands for no data.
  case call(byte: Int, name: String)
}
