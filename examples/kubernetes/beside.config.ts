// Servers with containers beside them: one that closes the cloud's metadata address before the server starts, one that
// copies what its learner saves to another place, and a hook. The section "Containers beside a server" of the README in this
// folder says what they may do. The namespace must allow a privileged container.
import { password } from 'carrel/authenticators/password'
import { defineConfig } from 'carrel/config'
import { kubernetesSpawner } from 'carrel/spawners/kubernetes'

const image = process.env.CARREL_IMAGE ?? 'quay.io/jupyter/minimal-notebook:latest'

export default defineConfig({
  spawner: kubernetesSpawner({
    namespace: process.env.CARREL_NAMESPACE ?? 'notebooks',
    initContainers: [
      {
        name: 'block-cloud-metadata',
        image: 'quay.io/jupyterhub/k8s-network-tools:4.2.0',
        command: [
          ...['iptables', '--append', 'OUTPUT', '--protocol', 'tcp', '--destination', '169.254.169.254'],
          ...['--destination-port', '80', '--jump', 'DROP'],
        ],
        securityContext: { privileged: true, runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } },
        resources: { limits: { memory: '32Mi' } },
      },
    ],
  }),
  authenticators: [password()],
  admins: ['teacher'],
  courses: {
    demo: { title: 'A first notebook', image, limits: { memory: '2G' } },
    kept: {
      title: 'Files that are copied elsewhere',
      image,
      limits: { memory: '2G' },
      home: { path: '/home/jovyan/work' },
      options: {
        volumes: [{ name: 'settings', secret: { secretName: 'rclone' } }],
        sidecars: [
          {
            name: 'copies',
            image: 'rclone/rclone:1',
            command: ['sh', '-c', 'while sleep 300; do rclone copy /files "kept:$WHO"; done'],
            env: [
              { name: 'RCLONE_CONFIG', value: '/settings/rclone.conf' },
              { name: 'WHO', valueFrom: { fieldRef: { fieldPath: "metadata.labels['hub.jupyter.org/username']" } } },
            ],
            volumeMounts: [
              { name: 'home', mountPath: '/files', readOnly: true },
              { name: 'settings', mountPath: '/settings', readOnly: true },
            ],
            securityContext: { runAsUser: 1000 },
            resources: { limits: { memory: '256Mi' } },
          },
        ],
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'date > /home/jovyan/work/.last-stop'] } } },
      },
    },
  },
})
