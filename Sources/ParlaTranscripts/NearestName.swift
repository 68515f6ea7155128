/// The one of `names` that `name` is most likely a slip of; nil where the nearest is more than `limit` edits away.
///
/// Of several that are equally near it is the first in the order of letters.
package func nearestName(
  to name: String, among names: some Sequence<String>, limit: Int = .max
) -> String? {
  let candidates = names.map { (EditDistance.between(Array($0), Array(name)), $0) }
  return candidates.min(by: <).flatMap { $0.0 <= limit ? $0.1 : nil }
}
