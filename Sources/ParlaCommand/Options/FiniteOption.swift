import ArgumentParser
import ParlaFiles

/// The number that was typed for an option; "nan" and "inf" are none.
func finite<Number: BinaryFloatingPoint & LosslessStringConvertible>(
  _ text: String
) throws -> Number {
  guard let number = finiteNumber(text, as: Number.self) else {
    throw ValidationError("expected a finite number, such as 0.5.")
  }
  return number
}
