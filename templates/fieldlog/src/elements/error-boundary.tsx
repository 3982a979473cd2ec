import { Component, type ReactNode } from "react";
import { Problem } from "./problem.tsx";

interface Props {
  /** A new key tries again: another place of the app is not broken because this one is. */
  readonly resetKey: string;
  readonly children: ReactNode;
}

interface State {
  readonly failure: { readonly error: unknown } | undefined;
}

/** Keeps a fault of one screen on that screen, where it says what to do. React knows such a boundary only as a class. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failure: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { failure: { error } };
  }

  override componentDidUpdate(last: Props): void {
    if (last.resetKey !== this.props.resetKey && this.state.failure !== undefined) this.#forget();
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    return (
      <div className="column column-pad">
        <Problem title="This screen has stumbled" error={failure.error} onRetry={() => this.#forget()}>
          <p>What you wrote is kept on this device. Try again, or go on elsewhere in the app.</p>
        </Problem>
      </div>
    );
  }

  #forget(): void {
    this.setState({ failure: undefined });
  }
}
