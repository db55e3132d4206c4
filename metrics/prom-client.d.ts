/**
 * The one part of prom-client that is used: it adds metrics up and writes them as text. The whole package takes 19 MB of
 * memory and 30 ms when it is loaded (OpenTelemetry, a client for the push gateway), this part nearly nothing.
 */
declare module 'prom-client/lib/cluster.js' {
  export { AggregatorRegistry as default } from 'prom-client'
}
