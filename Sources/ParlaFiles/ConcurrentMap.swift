import Dispatch
import Synchronization

/// The results of `transform` for all `elements`, in their order, computed by `threadCount` threads: as a rule, one a
/// processor.
package func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], threadCount: Int? = nil, _ transform: @Sendable (Element) -> Result
) -> [Result] {
  let threadCount = threadCount ?? Processors.count
  guard threadCount > 1, elements.count > 1 else { return elements.map(transform) }
  let results = Mutex([Result?](repeating: nil, count: elements.count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(threadCount, elements.count)) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < elements.count else { return }
      let result = transform(elements[index])
      results.withLock { $0[index] = result }
    }
  }
  return results.withLock { $0 }.compactMap(\.self)
}
