/// A number with its noun: `1 sample`, `2 samples`; `plural` where that is not the noun with an s.
package func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}
