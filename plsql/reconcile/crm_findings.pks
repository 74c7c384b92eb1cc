create or replace package crm_findings
   authid definer
   accessible by (package crm_runs)
is
   /**
   What runs found to differ, and the handing over of it to outbox and inbox, from where it takes the normal way.

   Owns:    crm_sync_findings
   Commits: never
   */

   /**
   Notes results of a comparison; an item that the run has already stays as it is.
   - @param in_is_handed  true: what is not for a person is noted as repaired, since it is handed over or applied
   */
   procedure note(
      in_run_id    in crm_sync_findings.run_id%type,
      in_results   in crm_comparison.results_type,
      in_is_handed in boolean
   );

   /**
   Hands results over: changes into the outbox, unless one waits there already, hints into the inbox.
   - @param in_reason     for whom; the same state of a lead is a hint only once for each reason
   - @param out_handed    results handed over
   */
   procedure hand_over(
      in_reason  in  varchar2,
      in_results in  crm_comparison.results_type,
      out_handed out pls_integer
   );

   /**
   Hands the open findings of a finished run over; those for a person, and those whose record is being worked on, stay.
   A record that the live flow has mended meanwhile costs a comparison, or the reading of its lead, and nothing else.
   - @param in_limit      stop after so many, so that the caller can commit and no branch of the ERP stays locked
   - @param out_repaired  findings handed over; 0: nothing more can be
   - @throws crm_err.e_invalid_run
   */
   procedure repair(
      in_run_id    in  crm_sync_findings.run_id%type,
      in_by        in  crm_sync_findings.settled_by%type,
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   );
end crm_findings;
/
