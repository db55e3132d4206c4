// Runs courses as pods of the cluster that KUBECONFIG (or ~/.kube/config) names. The README beside this file says what
// the cluster must allow. Start it from a machine that reaches the addresses of pods:
//
//   CARREL_IMAGE=registry.example.org/course:1 npm start -- --config examples/kubernetes/carrel.config.ts
//
// Hub and servers are two names of that machine, by default; docs/hosts.md describes public names.
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { kubernetesSpawner } from 'carrel/spawners/kubernetes'

export default defineConfig({
  spawner: kubernetesSpawner({
    namespace: process.env.CARREL_NAMESPACE ?? 'notebooks',
    security: { runAsNonRoot: true },
    // Servers may write to their learner's files and to nothing else of the image.
    writable: ['/home/jovyan'],
    ephemeralStorage: '10Gi',
  }),
  authenticators: [temporary()],
  courses: {
    demo: {
      title: 'A first notebook',
      image: process.env.CARREL_IMAGE ?? 'quay.io/jupyter/minimal-notebook:latest',
      limits: { memory: '2G', memoryGuarantee: '512M', cpuGuarantee: 0.1 },
    },
  },
})
