extension Array {
  /// Appends `element`, and where there is no room for it makes a quarter more, not twice as much.
  ///
  /// The arrays of a search stay as large as they once were, and a server holds many of them.
  @inline(__always)
  mutating func appendSparingly(_ element: Element) {
    if count == capacity { reserveCapacity(count + Swift.max(64, count / 4)) }
    append(element)
  }
}
