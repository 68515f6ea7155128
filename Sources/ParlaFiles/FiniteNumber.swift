/// The number that `text` says; nil for what is no number, or none that anything can be: "nan", "inf", or more than the
/// type holds.
///
/// Whatever is typed or read from a file as a number with a fraction goes through here.
package func finiteNumber<Number: BinaryFloatingPoint & LosslessStringConvertible>(
  _ text: some StringProtocol, as type: Number.Type = Number.self
) -> Number? {
  guard let number = Number(String(text)), number.isFinite else { return nil }
  return number
}
