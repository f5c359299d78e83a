import { serve, type ServerType } from "@hono/node-server";
import { createStandIn, type StandInOptions } from "./app.ts";

/** Serves the stand-in on loopback. Rejects, naming the port, where it is taken. */
export async function serveStandIn(
  options: StandInOptions & { port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const standIn = createStandIn(options);
  const server = await new Promise<ServerType>((resolve, reject) => {
    const made = serve(
      { fetch: standIn.app.fetch, port: options.port, hostname: "localhost" },
      () => resolve(made),
    );
    made.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(taken ? new Error(`port ${options.port} is taken`, { cause: error }) : error);
    });
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return {
    url: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          standIn.close();
          resolve();
        });
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
