/// Different values that many have in common, each held once and known by its number.
struct NumberedValues<Value: Hashable & Sendable>: Sendable {
  private var values: [Value] = []
  private var numbers: [Value: Int32] = [:]

  subscript(_ number: Int32) -> Value { values[Int(number)] }

  /// The number of `value`, which is added if it is new.
  mutating func number(of value: Value) -> Int32 {
    if let number = numbers[value] { return number }
    numbers[value] = Int32(values.count)
    values.append(value)
    return Int32(values.count - 1)
  }
}
