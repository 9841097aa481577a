import AdaptTensors
import CKernels
import Foundation
func time(_ body: () -> Void) -> Double { let c = ContinuousClock(); let t = c.measure(body); return Double(t.components.attoseconds)*1e-18 + Double(t.components.seconds) }
// L2-resident cost per weight on one thread.
let K = Int(CommandLine.arguments.dropFirst().first ?? "2048")!
let rows = max(1, 131072 / K)
let n = rows * K
let w = UnsafeMutablePointer<Float>.allocate(capacity: n)
for i in 0..<n { w[i] = sinf(Float(i)) }
let h = UnsafeMutablePointer<UInt16>.allocate(capacity: n); let b = UnsafeMutablePointer<UInt16>.allocate(capacity: n)
let q = UnsafeMutablePointer<Int8>.allocate(capacity: n); let c = UnsafeMutablePointer<UInt8>.allocate(capacity: n/2 + 64)
let sc = UnsafeMutablePointer<Float>.allocate(capacity: n); let sr = UnsafeMutablePointer<Float>.allocate(capacity: n)
adapt_narrow_f16(w, n, h); adapt_narrow_bf16(w, n, b); adapt_quantise_int8(w, n, 1, q); adapt_quantise_nf4(w, n, 64, c, sc)
for i in 0..<n { sr[i] = 1 }
let x = UnsafeMutablePointer<Float>.allocate(capacity: 8 * (K + 128)); let xa = UnsafeMutablePointer<Float>.allocate(capacity: 8 * (K + 128))
for i in 0..<8*K { x[i] = 0.5 }
let out = UnsafeMutablePointer<Float>.allocate(capacity: 8 * rows)
func best(_ body: () -> Void) -> Double { (0..<30).map { _ in time { for _ in 0..<20 { body() } } }.min()! / 20 }
for N in [1, 2, 4, 8] {
  adapt_arrange_nf4(x, N, K, 64, xa)
  let r: [(String, Double, Double)] = [
    ("f32 ", 4, best { adapt_rows_f32(w, rows, K, x, N, out, rows) }),
    ("bf16", 2, best { adapt_rows_bf16(b, rows, K, x, N, out, rows) }),
    ("f16 ", 2, best { adapt_rows_f16(h, rows, K, x, N, out, rows) }),
    ("int8", 1, best { adapt_rows_int8(q, sr, rows, K, x, N, out, rows) }),
    ("nf4 ", 0.5625, best { adapt_rows_nf4(c, sc, 64, 0, rows, K, xa, N, out, rows) }),
    ("widen bf16", 2, best { adapt_widen_bf16(b, n, w) }), ("widen nf4", 0.5625, best { adapt_widen_nf4(c, 0, n, sc, 64, w) }), ("read", 4, best { sr[0] = 1 + 0*adapt_read(w, n) })]
  for (name, bytes, t) in r { print(N, name, String(format: "%.4f ns/weight %.1f GB/s %.1f GFLOP/s", t / Double(n) * 1e9, bytes * Double(n) / t * 1e-9, 2 * Double(N) * Double(n) / t * 1e-9)) }
}
